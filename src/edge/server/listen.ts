import { createServer, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import { systemClock } from '../../spec/system-clock.ts'

export interface ListenOptions {
  readonly fetch: (request: Request, env: unknown) => Response | Promise<Response>
  readonly host: string
  readonly port: number
  readonly clock?: Clock
}

export interface Listening extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Answers under way. */
  readonly running: number
  /** Listens no more and keeps no connection beyond its present answer. Resolves when the last answer is out. */
  drain(): Promise<void>
}

/** Time for a client to send its request headers. */
const headersMs = 10_000
/** Above the idle time of usual clients, so that the client closes first and never writes into a closing socket. */
const keepAliveMs = 75_000
/** Time for the last words of running answers to reach their clients. */
const lastWordsMs = 500

/**
 * Serves plain HTTP; a non-loopback address is the owner's decision. Throws `port-in-use`. Disposing ends idle connections at once, and
 * running ones when their answer is out, within half a second.
 */
export async function listen({ fetch, host, port, clock = systemClock }: ListenOptions): Promise<Listening> {
  const server = createServer({ headersTimeout: headersMs, keepAliveTimeout: keepAliveMs }, getRequestListener(fetch))
  const running = new Set<ServerResponse>()
  let isDraining = false
  // Ahead of the handler, which may write the headers at once.
  server.prependListener('request', (_, response) => {
    running.add(response)
    if (isDraining) response.shouldKeepAlive = false
    response.once('close', () => {
      running.delete(response)
      // One whose headers are out already was promised that its connection stays.
      if (isDraining) setImmediate(() => server.closeIdleConnections())
    })
  })
  await opened(server, host, port)
  const address = server.address()
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    get running() {
      return running.size
    },
    async drain() {
      isDraining = true
      for (const response of running) response.shouldKeepAlive = false
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await allClosed(running, clock)
      server.closeAllConnections()
      await closed
    },
  }
}

/** Waits until all of these are closed, but not for longer than `lastWordsMs`. */
async function allClosed(running: ReadonlySet<ServerResponse>, clock: Clock): Promise<void> {
  const patience = new AbortController()
  const closed = [...running].map((response) => new Promise<void>((resolve) => response.once('close', resolve)))
  await Promise.race([Promise.all(closed), clock.delay(lastWordsMs, patience.signal).catch(() => undefined)])
  patience.abort()
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
