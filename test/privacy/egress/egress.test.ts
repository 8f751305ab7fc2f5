import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createEgress, type Destination, type Egress, type EgressRecord } from '../../../src/privacy/egress/egress.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { OutboundBody } from '../../../src/spec/outbound.ts'
import type { Outbound } from '../../../src/spec/ports.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { startLinkEmulator } from '../../../src/testing/link-emulator/link-emulator.ts'
import { linkProfile } from '../../../src/testing/link-emulator/link-profiles.ts'
import { clientPem, listen, mutualTlsServer, pinned, plainServer, serverPem } from './egress-subject.ts'

const greet: RequestListener = (_, response) => void response.end('hello')

function start(...destinations: readonly Destination[]) {
  const records: EgressRecord[] = []
  const clock = createFakeClock()
  return { egress: createEgress({ destinations, record: (entry) => records.push(entry), clock }), records, clock }
}

function message(url: string, changes: Partial<Outbound> = {}): Outbound {
  return {
    url: new URL(url),
    method: 'POST',
    headers: {},
    body: OutboundBody.control({ secret: 'of nobody' }),
    purpose: 'inference',
    headersTimeoutMs: 20_000,
    bodyTimeoutMs: 20_000,
    signal: new AbortController().signal,
    ...changes,
  }
}

async function answerOf(egress: Egress, outbound: Outbound): Promise<string> {
  let text = ''
  for await (const piece of (await egress.open(outbound)).body) text += new TextDecoder().decode(piece)
  return text
}

async function failureOf(work: Promise<unknown>): Promise<Pick<EdgewiseError, 'code' | 'message'>> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (thrown instanceof EdgewiseError) return thrown
  throw new Error('it should have failed with an EdgewiseError', { cause: thrown })
}

describe('the server behind TLS', () => {
  it('never sees a byte of a request when its certificate is not the pinned one', async () => {
    let connections = 0
    let bytes = 0
    const server = createTlsServer({ key: clientPem, cert: clientPem, minVersion: 'TLSv1.3' }, (socket) => {
      socket.on('data', (data) => {
        bytes += data.length
      })
      socket.on('error', () => {})
    }).on('connection', () => {
      connections += 1
    })
    await using at = await listen(server)
    const origin = `https://127.0.0.1:${at.port}`
    const { egress, records } = start({ origin, tls: pinned })
    const failure = await failureOf(egress.open(message(`${origin}/v1`, { requestId: 'r' })))
    expect(failure.code).toBe('fingerprint-mismatch')
    expect(failure.message).toContain(pinned.pinnedFingerprint)
    await egress[Symbol.asyncDispose]()
    expect([connections, bytes]).toEqual([1, 0])
    expect(records).toMatchObject([{ outcome: 'failed', errorCode: 'fingerprint-mismatch', bodyBytes: 0 }])
    expect(egress.sentFor('r')).toEqual({ bytes: 0, destinations: [] })
  })

  it('needs a certificate of a known authority when none is pinned', async () => {
    await using at = await listen(mutualTlsServer(greet))
    const origin = `https://127.0.0.1:${at.port}`
    await using egress = start({ origin }).egress
    const failure = await failureOf(egress.open(message(origin)))
    expect(failure.code).toBe('fingerprint-mismatch')
    expect(failure.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
  })

  it('knows this side by its client certificate, and refuses one without', async () => {
    await using at = await listen(mutualTlsServer(greet))
    const origin = `https://127.0.0.1:${at.port}`
    await using known = start({ origin, tls: pinned }).egress
    expect(await answerOf(known, message(origin))).toBe('hello')
    await using stranger = start({ origin, tls: { pinnedFingerprint: pinned.pinnedFingerprint } }).egress
    expect((await stranger.open(message(origin))).status).toBe(401)
  })

  it('must speak TLS 1.3 when it is pinned', async () => {
    await using at = await listen(createHttpsServer({ cert: serverPem, key: serverPem, maxVersion: 'TLSv1.2' }, greet))
    const origin = `https://127.0.0.1:${at.port}`
    await using egress = start({ origin, tls: pinned }).egress
    expect((await failureOf(egress.open(message(origin)))).message).toContain('PROTOCOL_VERSION')
  })
})

describe('admission', () => {
  it.each(['http://192.0.2.1:80', 'http://localhost.example', 'http://[::ffff:127.0.0.1]', 'http://0.0.0.0:1'])(
    'refuses plain http to %s, though it is an allowed destination',
    async (origin) => {
      const { egress, records } = start({ origin })
      const failure = await failureOf(egress.open(message(origin)))
      expect(failure.code).toBe('egress-denied')
      expect(failure.message).toContain('plain http')
      expect(records).toHaveLength(1)
    },
  )

  it.each(['127.0.0.1', 'localhost', '127.1'])('takes plain http to %s', async (host) => {
    await using at = await listen(plainServer(greet))
    await using egress = start({ origin: `http://${host}:${at.port}` }).egress
    expect(await answerOf(egress, message(`http://${host}:${at.port}/`))).toBe('hello')
  })

  it('compares whole origins: another port or scheme of an allowed host is another destination', async () => {
    const { egress } = start({ origin: 'https://127.0.0.1:4600' })
    for (const url of ['https://127.0.0.1:4601', 'http://127.0.0.1:4600', 'https://127.0.0.1.example:4600']) {
      expect((await failureOf(egress.open(message(url)))).message, url).toContain('not an allowed destination')
    }
  })

  it('refuses a host header, which would name another server to the one that is reached', async () => {
    const { egress } = start({ origin: 'http://127.0.0.1:1' })
    const outbound = message('http://127.0.0.1:1', { headers: { Host: 'elsewhere.example' } })
    expect((await failureOf(egress.open(outbound))).code).toBe('egress-denied')
  })

  it.each([
    ['no url', { origin: 'hub.example' }],
    ['another scheme', { origin: 'ftp://hub.example' }],
    ['a pin without TLS', { origin: 'http://127.0.0.1', tls: pinned }],
    ['a short fingerprint', { origin: 'https://hub.example', tls: { pinnedFingerprint: 'abc' } }],
    ['a certificate without its key', { origin: 'https://a.example', tls: { ...pinned, privateKeyPem: undefined } }],
  ])('refuses a destination with %s', (_, destination) => {
    expect(() => start(destination as Destination)).toThrow(expect.objectContaining({ code: 'config-invalid' }))
  })

  it('keeps the query, which may hold a key, out of record and message', async () => {
    const { egress, records } = start()
    const failure = await failureOf(egress.open(message('https://hub.example/v1?key=sk-1')))
    expect(JSON.stringify(records) + failure.message).not.toContain('sk-1')
  })

  it('sends nothing once it is closed', async () => {
    const { egress } = start({ origin: 'http://127.0.0.1:1' })
    await egress[Symbol.asyncDispose]()
    expect((await failureOf(egress.open(message('http://127.0.0.1:1')))).code).toBe('egress-denied')
  })
})

describe('what was sent', () => {
  it('is summed up by request over all destinations until it is forgotten', async () => {
    await using first = await listen(plainServer(greet))
    await using second = await listen(plainServer(greet))
    const origins = [first, second].map(({ port }) => `http://127.0.0.1:${port}`)
    await using egress = start(...origins.map((origin) => ({ origin }))).egress
    for (const origin of [...origins, ...origins]) await answerOf(egress, message(origin, { requestId: 'r' }))
    const bytes = 4 * JSON.stringify({ secret: 'of nobody' }).length
    expect(egress.sentFor('r')).toEqual({ bytes, destinations: origins })
    egress.forget('r')
    expect(egress.sentFor('r')).toEqual({ bytes: 0, destinations: [] })
  })

  it('says at which wall time, for whom and whether it held content', async () => {
    await using at = await listen(plainServer(greet))
    const origin = `http://127.0.0.1:${at.port}`
    const { egress, records, clock } = start({ origin })
    await using _ = egress
    await answerOf(egress, message(`${origin}/v1/models?x=1`, { requestId: 'r', purpose: 'models' }))
    const at0 = { at: clock.now(), requestId: 'r', purpose: 'models', origin, path: '/v1/models' }
    const [{ bytes = 0 } = {}] = records
    expect(records).toEqual([{ ...at0, bodyBytes: 22, bytes, hasContent: false, status: 200, outcome: 'answered' }])
    expect(bytes).toBeGreaterThan(22 + 'POST /v1/models?x=1 HTTP/1.1'.length)
  })
})

describe('connections', () => {
  const open: AsyncDisposable[] = []
  afterEach(async () => {
    for (const resource of open.splice(0).reverse()) await resource[Symbol.asyncDispose]()
  })

  async function stage(serve: RequestListener) {
    const at = await listen(plainServer(serve))
    const link = await startLinkEmulator({
      target: { host: '127.0.0.1', port: at.port },
      profile: linkProfile('lan'),
      random: Math.random,
    })
    const origin = `http://127.0.0.1:${link.port}`
    const started = start({ origin })
    open.push(at, link, started.egress)
    return { ...started, origin, link }
  }

  it('are used again by requests that follow each other', async () => {
    const { egress, origin, link } = await stage(greet)
    for (let round = 0; round < 5; round += 1) await answerOf(egress, message(origin))
    expect(link.accepted).toBe(1)
  })

  it('that the server closed between two requests are replaced without a failure', async () => {
    const { egress, origin, link } = await stage(greet)
    await answerOf(egress, message(origin))
    link.reset()
    await expect.poll(() => link.connections).toBe(0)
    expect(await answerOf(egress, message(origin))).toBe('hello')
    expect(link.accepted).toBe(2)
  })

  it('that never come about within the limit for headers mean a link that is down', async () => {
    await using server = await listen(createTcpServer((socket) => void socket.on('error', () => {}).resume()))
    const origin = `https://127.0.0.1:${server.port}`
    const { egress, clock } = start({ origin, tls: pinned })
    const failure = failureOf(egress.open(message(origin, { headersTimeoutMs: 2_000 })))
    await clock.advance(2_000)
    expect((await failure).code).toBe('link-down')
    // The attempt itself ends by its own limit, and lets the server go.
    await clock.advance(8_000)
    await egress[Symbol.asyncDispose]()
  })

  it('to something that does not speak HTTP are the upstream at fault, not the link', async () => {
    await using server = await listen(
      createTcpServer(
        (socket) =>
          void socket
            .on('error', () => {})
            .resume()
            .end('SSH-2.0\r\n'),
      ),
    )
    const origin = `http://127.0.0.1:${server.port}`
    await using egress = start({ origin }).egress
    expect((await failureOf(egress.open(message(origin)))).code).toBe('upstream-failed')
  })

  it('are let go when nobody begins to read an answer that fills the buffer', async () => {
    const { egress, origin, records, clock, link } = await stage((_, response) => {
      response.end(Buffer.alloc(8 * 1_048_576))
    })
    const inbound = await egress.open(message(origin, { bodyTimeoutMs: 1_000 }))
    await expect.poll(() => link.bytesDown).toBeGreaterThan(200_000)
    await clock.advance(1_000)
    expect(records).toMatchObject([{ outcome: 'failed', errorCode: 'aborted' }])
    expect((await failureOf(Array.fromAsync(inbound.body))).code).toBe('aborted')
  })

  it('wait for a reader that takes longer than the limit between two pieces', async () => {
    const bytes = 2 * 1_048_576
    const { egress, origin, clock, link } = await stage((_, response) => void response.end(Buffer.alloc(bytes)))
    const inbound = await egress.open(message(origin, { bodyTimeoutMs: 1_000 }))
    let read = 0
    for await (const piece of inbound.body) {
      if (read === 0) {
        await expect.poll(() => link.bytesDown).toBeGreaterThan(200_000)
        await clock.advance(5_000)
      }
      read += piece.byteLength
    }
    expect(read).toBe(bytes)
  })

  it('pay no attention to proxy variables', async () => {
    const { egress, origin } = await stage(greet)
    const before = process.env.HTTP_PROXY
    process.env.HTTP_PROXY = 'http://127.0.0.1:1'
    try {
      expect(await answerOf(egress, message(origin))).toBe('hello')
    } finally {
      if (before === undefined) delete process.env.HTTP_PROXY
      else process.env.HTTP_PROXY = before
    }
  })

  it('change when a destination is allowed anew with another pin', async () => {
    await using at = await listen(mutualTlsServer(greet))
    const origin = `https://127.0.0.1:${at.port}`
    await using egress = start({ origin, tls: { ...pinned, pinnedFingerprint: '0'.repeat(64) } }).egress
    expect((await failureOf(egress.open(message(origin)))).code).toBe('fingerprint-mismatch')
    egress.allow({ origin, tls: pinned })
    expect(await answerOf(egress, message(origin))).toBe('hello')
    egress.allow({ origin, tls: { ...pinned, pinnedFingerprint: '1'.repeat(64) } })
    expect((await failureOf(egress.open(message(origin)))).code).toBe('fingerprint-mismatch')
  })

  it('ignore informational answers before the real one', async () => {
    const { egress, origin } = await stage((_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.end('hello')
    })
    const inbound = await egress.open(message(origin))
    expect(inbound.status).toBe(200)
    await Array.fromAsync(inbound.body)
  })
})
