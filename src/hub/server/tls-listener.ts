import { constants } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Identity } from '../../sync/enrolment/identity.ts'

export interface TlsListenerOptions {
  readonly host: string
  readonly port: number
  readonly identity: Pick<Identity, 'certificatePem' | 'privateKeyPem'>
  readonly onRequest: (incoming: IncomingMessage, outgoing: ServerResponse) => void
  readonly onConnection: (socket: TLSSocket) => void
}

export interface TlsListener {
  readonly port: number
  /** Takes no more connections and ends those without a request. Resolves when the last one has ended. */
  stop(): Promise<void>
  /** Ends every connection. */
  cutOff(): void
}

/** Listens with TLS 1.3 and asks every client for a certificate, of any issuer or none. Throws `port-in-use` or `config-invalid`. */
export async function listenTls(options: TlsListenerOptions): Promise<TlsListener> {
  const { host, port, identity, onRequest, onConnection } = options
  const server = createServer(
    {
      cert: identity.certificatePem,
      key: identity.privateKeyPem,
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: false,
      // Without tickets no session is resumed: every connection proves its key anew.
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      connectionsCheckingInterval: 5_000,
      // Longer than the minute for which our own egress keeps an idle connection.
      keepAliveTimeout: 65_000,
    },
    onRequest,
  )
  server.on('secureConnection', onConnection)
  await listening(server, host, port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
    cutOff: () => server.closeAllConnections(),
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(cause, host, port)))
    server.listen({ host, port }, resolve)
  })
}

function cannotListen(cause: Error, host: string, port: number): EdgewiseError {
  const code = 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} on ${host} is already in use. Stop the program that has it, or choose another port (hub.port, --port).`
    return new EdgewiseError('port-in-use', message, { cause })
  }
  const message = `The hub cannot listen on ${host}:${port}: ${cause.message}. Check hub.host and hub.port.`
  return new EdgewiseError('config-invalid', message, { cause })
}
