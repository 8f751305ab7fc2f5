import { createHash, timingSafeEqual } from 'node:crypto'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { buildConnector } from 'undici'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Destination } from './egress.ts'

/** Limit for name look-up, TCP and TLS together. */
const connectTimeoutMs = 10_000
/** An idle connection shows a sign of life this often, so that a peer that vanished is noticed. */
const tcpKeepAliveMs = 15_000

/**
 * Opens the connections of one destination. A pinned certificate is compared before the socket is handed over, so not a byte of a
 * request reaches a server with another one.
 */
export function createConnector({ origin, tls }: Destination, clock: Clock): buildConnector.connector {
  const secureContext =
    tls === undefined
      ? undefined
      : createSecureContext({ minVersion: 'TLSv1.3', cert: tls.certificatePem, key: tls.privateKeyPem })
  const pin = tls === undefined ? undefined : Buffer.from(tls.pinnedFingerprint, 'hex')

  return ({ hostname, port, protocol }, callback) => {
    const secure = protocol === 'https:'
    const address = { host: hostname, port: Number(port) || (secure ? 443 : 80), noDelay: true }
    const socket = secure
      ? openTls({ ...address, servername: isIP(hostname) ? '' : hostname, secureContext })
      : connectTcp(address)
    const settled = new AbortController()
    const fail = (error: Error) => {
      if (settled.signal.aborted) return
      settled.abort(done)
      socket.destroy()
      callback(error, null)
    }
    socket.on('error', fail)
    socket.once('close', () => fail(new EdgewiseError('link-down', `${origin} closed the connection at once`)))
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      const problem = secure ? pinProblem(socket as TLSSocket, pin, origin) : loopbackProblem(socket, origin)
      if (problem !== undefined) return fail(problem)
      settled.abort(done)
      socket.setKeepAlive(true, tcpKeepAliveMs)
      callback(null, socket)
    })
    clock.delay(connectTimeoutMs, settled.signal).then(
      () => fail(new EdgewiseError('link-down', `${origin} did not take a connection within ${connectTimeoutMs} ms`)),
      () => undefined,
    )
  }
}

/** A reason made once: making an error per connection would cost a stack trace. */
const done = new Error('connected or failed')

interface TlsAddress {
  readonly host: string
  readonly port: number
  readonly noDelay: boolean
  readonly servername: string
  /** Present for a pinned destination: the pin is its proof, not an authority. */
  readonly secureContext: SecureContext | undefined
}

function openTls({ secureContext, ...address }: TlsAddress): TLSSocket {
  const protocols = { ALPNProtocols: ['http/1.1'] }
  return secureContext === undefined
    ? connectTls({ ...address, ...protocols, rejectUnauthorized: true })
    : connectTls({ ...address, ...protocols, rejectUnauthorized: false, secureContext })
}

function pinProblem(socket: TLSSocket, pin: Buffer | undefined, origin: string): EdgewiseError | undefined {
  if (pin === undefined) return undefined
  const seen = createHash('sha256').update(socket.getPeerCertificate().raw).digest()
  if (timingSafeEqual(seen, pin)) return undefined
  return new EdgewiseError(
    'fingerprint-mismatch',
    `${origin} shows a certificate with fingerprint ${seen.toString('hex')}, pinned is ${pin.toString('hex')}: nothing was sent. If its certificate was renewed on purpose, join again with a new token`,
  )
}

/** Plain http may only reach this machine, also when a hosts file gives "localhost" another address. */
function loopbackProblem(socket: Socket, origin: string): EdgewiseError | undefined {
  const address = socket.remoteAddress ?? ''
  if (address === '::1' || /^(::ffff:)?127\./.test(address)) return undefined
  return new EdgewiseError(
    'egress-denied',
    `${origin} leads to ${address}, another machine: use https, nothing was sent`,
  )
}
