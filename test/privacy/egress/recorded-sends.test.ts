import { createHash, X509Certificate } from 'node:crypto'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createEgress, type EgressRecord } from '../../../src/privacy/egress/egress.ts'
import type { EndNotice, Ledger, SendNotice, UnsentNotice } from '../../../src/privacy/ledger/ledger.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { OutboundBody } from '../../../src/spec/outbound.ts'
import type { Outbound } from '../../../src/spec/ports.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { listen, mutualTlsServer, pinned, plainServer, serverPem } from './egress-subject.ts'

/** A ledger that the test answers for. */
class HeldLedger implements Ledger {
  readonly sends: SendNotice[] = []
  readonly ends: EndNotice[] = []
  readonly unsents: UnsentNotice[] = []
  readonly #waiting: PromiseWithResolvers<number>[] = []
  holds = false

  send(notice: SendNotice): Promise<number> {
    this.sends.push(notice)
    const waiting = Promise.withResolvers<number>()
    if (this.holds) this.#waiting.push(waiting)
    else waiting.resolve(this.sends.length)
    return waiting.promise
  }
  end(notice: EndNotice): void {
    this.ends.push(notice)
  }
  unsent(notice: UnsentNotice): void {
    this.unsents.push(notice)
  }
  stats() {
    return { entries: 0, bytes: 0 }
  }
  recordNext(): void {
    this.#waiting.shift()?.resolve(this.sends.length)
  }
  refuseNext(): void {
    this.#waiting.shift()?.reject(new EdgewiseError('ledger-failed', 'the disk is full'))
  }
  async [Symbol.asyncDispose]() {}
}

function start(origin: string, tls?: typeof pinned) {
  const ledger = new HeldLedger()
  const records: EgressRecord[] = []
  const destinations = [{ origin, ...(tls === undefined ? {} : { tls }) }]
  const record = (entry: EgressRecord) => void records.push(entry)
  const factsOf = (requestId: string) =>
    requestId === 'r' ? ({ placement: 'cloud', policy: 'p1' } as const) : undefined
  return { egress: createEgress({ destinations, record, clock: systemClock, ledger, factsOf }), ledger, records }
}

function message(origin: string, changes: Partial<Outbound> = {}): Outbound {
  return {
    url: new URL('/v1', origin),
    method: 'POST',
    headers: {},
    body: OutboundBody.control({ hello: 'hub' }),
    purpose: 'inference',
    requestId: 'r',
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 10_000,
    signal: new AbortController().signal,
    ...changes,
  }
}

/** A server that keeps what comes, and answers when `answers` says so. */
async function rawServer(answers: boolean) {
  const sockets: Socket[] = []
  const received: Buffer[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (piece) => {
      received.push(piece)
      if (answers) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
  })
  const at = await listen(server)
  return {
    origin: `http://127.0.0.1:${at.port}`,
    sockets,
    received: () => Buffer.concat(received),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await at[Symbol.asyncDispose]()
    },
  }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: EdgewiseError) => error.code,
  )

describe('a send', () => {
  it('gives no byte to the connection before its entry is recorded, and then exactly those of the entry', async () => {
    await using server = await rawServer(true)
    const { egress, ledger, records } = start(server.origin)
    await using _ = egress
    ledger.holds = true
    const answer = egress.open(message(server.origin))
    await expect.poll(() => ledger.sends.length).toBe(1)
    // The connection stands: a byte would have come by now.
    await expect.poll(() => server.sockets.length).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.received().length).toBe(0)
    ledger.recordNext()
    await Array.fromAsync((await answer).body)
    const [{ head, body, facts }] = ledger.sends as [SendNotice]
    expect(server.received()).toEqual(Buffer.concat([head, body]))
    expect(Buffer.from(body).toString()).toBe('{"hello":"hub"}')
    expect(facts).toEqual({ placement: 'cloud', policy: 'p1' })
    const bytes = head.byteLength + body.byteLength
    expect(ledger.ends).toMatchObject([{ of: 1, bytes, status: 200 }])
    expect(records).toMatchObject([{ entry: 1, bytes, bodyBytes: body.byteLength, outcome: 'answered' }])
    expect(egress.sentFor('r').entries).toEqual([1])
  })

  it('does not leave when it cannot be recorded, and fails with what the ledger says', async () => {
    await using server = await rawServer(true)
    const { egress, ledger, records } = start(server.origin)
    await using _ = egress
    ledger.holds = true
    const code = codeOf(egress.open(message(server.origin)))
    await expect.poll(() => ledger.sends.length).toBe(1)
    ledger.refuseNext()
    expect(await code).toBe('ledger-failed')
    expect(server.received().length).toBe(0)
    expect(ledger.unsents).toMatchObject([{ code: 'ledger-failed', to: server.origin }])
    expect(records).toMatchObject([{ outcome: 'denied', errorCode: 'ledger-failed', bytes: 0 }])
    ledger.holds = false
    await Array.fromAsync((await egress.open(message(server.origin))).body)
  })

  it('whose caller leaves while it is recorded does not leave; its end says 0 bytes', async () => {
    await using server = await rawServer(true)
    const { egress, ledger } = start(server.origin)
    await using _ = egress
    ledger.holds = true
    const leaving = new AbortController()
    const code = codeOf(egress.open(message(server.origin, { signal: leaving.signal })))
    await expect.poll(() => ledger.sends.length).toBe(1)
    leaving.abort()
    expect(await code).toBe('aborted')
    ledger.recordNext()
    await expect.poll(() => ledger.ends).toMatchObject([{ of: 1, bytes: 0, code: 'aborted' }])
    expect(server.received().length).toBe(0)
  })

  it('of many bytes to a server that reads none of them leaves no more than its end says', async () => {
    await using server = await rawServer(false)
    const { egress, ledger } = start(server.origin)
    await using _ = egress
    const leaving = new AbortController()
    const body = OutboundBody.control('x'.repeat(30_000_000))
    const code = codeOf(egress.open(message(server.origin, { signal: leaving.signal, body })))
    await expect.poll(() => server.sockets.length).toBe(1)
    server.sockets[0]?.pause()
    await expect.poll(() => ledger.sends.length).toBe(1)
    leaving.abort()
    expect(await code).toBe('aborted')
    const [{ bytes }] = ledger.ends as [EndNotice]
    expect(bytes).toBeLessThan(30_000_000)
    expect(server.received().length).toBeLessThanOrEqual(bytes)
  })

  it('is recorded with the public key of the server it goes to', async () => {
    await using at = await listen(mutualTlsServer((_, response) => void response.end('hello')))
    const origin = `https://127.0.0.1:${at.port}`
    const { egress, ledger } = start(origin, pinned)
    await using _ = egress
    await Array.fromAsync((await egress.open(message(origin))).body)
    const spki = new X509Certificate(serverPem).publicKey.export({ type: 'spki', format: 'der' })
    expect(ledger.sends).toMatchObject([{ spki: createHash('sha256').update(spki).digest('hex') }])
  })

  it.each([
    ['that is denied', { url: new URL('https://elsewhere.example') }, 'egress-denied'],
    ['that was given up before it began', { signal: AbortSignal.abort() }, 'aborted'],
  ])('%s is recorded with no bytes', async (_name, changes, code) => {
    const { egress, ledger } = start('http://127.0.0.1:1')
    await using _ = egress
    expect(await codeOf(egress.open(message('http://127.0.0.1:1', changes)))).toBe(code)
    expect([ledger.sends.length, ledger.unsents]).toMatchObject([
      0,
      [{ code, purpose: 'inference', dataClass: 'control' }],
    ])
  })

  it('that reaches nobody is recorded with no bytes', async () => {
    const { egress, ledger } = start('http://127.0.0.1:1')
    await using _ = egress
    expect(await codeOf(egress.open(message('http://127.0.0.1:1')))).toBe('link-down')
    expect(ledger.unsents).toMatchObject([{ code: 'link-down' }])
  })

  it('follows another on the same connection, each with its own entry', async () => {
    let connections = 0
    await using at = await listen(
      plainServer((_, response) => void response.end('hello')).on('connection', () => {
        connections += 1
      }),
    )
    const origin = `http://127.0.0.1:${at.port}`
    const { egress, ledger } = start(origin)
    await using _ = egress
    for (let round = 0; round < 3; round += 1) await Array.fromAsync((await egress.open(message(origin))).body)
    expect(connections).toBe(1)
    expect(ledger.ends.map(({ of }) => of)).toEqual([1, 2, 3])
  })
})
