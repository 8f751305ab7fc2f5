import { X509Certificate } from 'node:crypto'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { TLSSocket } from 'node:tls'
import { createEgress, type Destination, type EgressRecord } from '../../../src/privacy/egress/egress.ts'
import { selfSignedCertificate } from '../../../src/sync/enrolment/self-signed-certificate.ts'
import type { OpenConnectionSubject } from '../../../src/testing/conformance/open-connection.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { startLinkEmulator } from '../../../src/testing/link-emulator/link-emulator.ts'
import { linkProfile } from '../../../src/testing/link-emulator/link-profiles.ts'

export const serverPem = selfSignedCertificate({ name: 'hub', algorithm: 'p256', hosts: ['127.0.0.1'] })
export const clientPem = selfSignedCertificate({ name: 'edge', algorithm: 'ed25519', hosts: [] })

/** SHA-256 of the DER certificate in a PEM text. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
}

/** A server on a free port of 127.0.0.1 that lets go of all connections when disposed. */
export async function listen(server: Server & { closeAllConnections?: () => void }) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections?.()
      await closed
    },
  }
}

/** A port of 127.0.0.1 at which nobody listens. */
export async function freePort(): Promise<number> {
  await using taken = await listen(createHttpServer())
  return taken.port
}

export function plainServer(serve: RequestListener) {
  return createHttpServer(serve)
}

/** Serves only callers that show the edge's certificate. */
export function mutualTlsServer(serve: RequestListener) {
  const pem = { cert: serverPem, key: serverPem, requestCert: true, rejectUnauthorized: false }
  return createHttpsServer(pem, (request, response) => {
    const caller = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate() : undefined
    if (caller?.fingerprint256 === new X509Certificate(clientPem).fingerprint256) serve(request, response)
    else response.writeHead(401).end()
  })
}

export const pinned = {
  pinnedFingerprint: fingerprintOf(serverPem),
  certificatePem: clientPem,
  privateKeyPem: clientPem,
} as const satisfies Destination['tls']

interface SubjectOptions {
  readonly secure: boolean
  /** Name of the link profile between egress and server; absent: none. */
  readonly link?: string
}

/** Egress in front of a server, as the conformance suite asks for it. */
export function egressSubject({ secure, link }: SubjectOptions) {
  return async (serve: RequestListener): Promise<OpenConnectionSubject> => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await listen(secure ? mutualTlsServer(serve) : plainServer(serve)))
    const port = link === undefined ? server.port : stack.use(await throughLink(server.port, link)).port
    const scheme = secure ? 'https' : 'http'
    const origin = `${scheme}://127.0.0.1:${port}`
    const refusedOrigin = `${scheme}://127.0.0.1:${await freePort()}`
    const tls = secure ? { tls: pinned } : {}
    const records: EgressRecord[] = []
    const clock = createFakeClock()
    const destinations = [
      { origin, ...tls },
      { origin: refusedOrigin, ...tls },
    ]
    const egress = stack.use(createEgress({ destinations, record: (entry) => records.push(entry), clock }))
    const held = stack.move()
    return {
      open: egress.open,
      origin,
      refusedOrigin,
      clock,
      records,
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    }
  }
}

function throughLink(port: number, profile: string) {
  return startLinkEmulator({ target: { host: '127.0.0.1', port }, profile: linkProfile(profile), random: Math.random })
}
