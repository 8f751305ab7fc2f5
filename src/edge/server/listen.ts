import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { EdgewiseError } from '../../spec/errors.ts'

export interface ListenOptions {
  readonly fetch: (request: Request, env: unknown) => Response | Promise<Response>
  readonly host: string
  readonly port: number
}

export interface Listening extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

/** Time for a client to send its request headers. */
const headersMs = 10_000
/** Above the idle time of usual clients, so that the client closes first and never writes into a closing socket. */
const keepAliveMs = 75_000

/** Serves plain HTTP; a non-loopback address is the owner's decision. Throws `port-in-use`. Disposing ends idle and running connections. */
export async function listen({ fetch, host, port }: ListenOptions): Promise<Listening> {
  const server = createServer({ headersTimeout: headersMs, keepAliveTimeout: keepAliveMs }, getRequestListener(fetch))
  await opened(server, host, port)
  const address = server.address()
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      server.closeAllConnections()
      await closed
    },
  }
}

function opened(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE'
      const message = inUse
        ? `Port ${port} on ${host} is already in use. Stop the program that has it, or choose another port (edge.port, --port).`
        : `Cannot listen on ${host}:${port}: ${cause.code ?? cause.message}.`
      reject(new EdgewiseError(inUse ? 'port-in-use' : 'config-invalid', message, { cause }))
    })
    server.listen({ host, port }, resolve)
  })
}
