import type { RequestListener } from 'node:http'
import type * as vitest from 'vitest'
import type { EgressRecord } from '../../privacy/egress/egress.ts'
import { EdgewiseError, type ErrorCode } from '../../spec/errors.ts'
import { OutboundBody } from '../../spec/outbound.ts'
import type { Inbound, OpenConnection, Outbound } from '../../spec/ports.ts'
import type { FakeClock } from '../fake-clock.ts'
import { createTroublesomeServer, type TroublesomeServer } from './troublesome-server.ts'

/** An implementation of `OpenConnection` with what the suite needs around it. */
export interface OpenConnectionSubject extends AsyncDisposable {
  readonly open: OpenConnection
  /** Where the suite's server is reached; an allowed destination. */
  readonly origin: string
  /** An allowed destination at which nobody listens. */
  readonly refusedOrigin: string
  /** The clock by which `open` keeps its limits. */
  readonly clock: FakeClock
  readonly records: readonly EgressRecord[]
}

export interface OpenConnectionConformance {
  readonly tools: Pick<typeof vitest, 'describe' | 'it' | 'expect'>
  readonly name: string
  /** Puts `serve` behind a server and makes the subject that calls it. */
  readonly setUp: (serve: RequestListener) => Promise<OpenConnectionSubject>
}

interface Stage extends AsyncDisposable {
  readonly subject: OpenConnectionSubject
  readonly server: TroublesomeServer
  outbound(path: string, changes?: Partial<Outbound>): Outbound
}

/** What every implementation of `OpenConnection` must do: real sockets, a fake clock for its limits. */
export function conformOpenConnection({ tools, name, setUp }: OpenConnectionConformance): void {
  const raise = async (): Promise<Stage> => {
    const server = createTroublesomeServer()
    const subject = await setUp(server.serve)
    return {
      subject,
      server,
      outbound: (path, changes) => ({ ...ordinary(new URL(path, subject.origin)), ...changes }),
      [Symbol.asyncDispose]: async () => {
        server.release()
        await subject[Symbol.asyncDispose]()
      },
    }
  }
  tools.describe(`${name}: answers`, () => describeAnswers(tools, raise))
  tools.describe(`${name}: answers that are left`, () => describeLeaving(tools, raise))
  tools.describe(`${name}: limits and failures`, () => describeFailures(tools, raise))
  tools.describe(`${name}: what may not leave`, () => describeDenials(tools, raise))
}

type Tools = OpenConnectionConformance['tools']

function describeAnswers({ it, expect }: Tools, raise: () => Promise<Stage>): void {
  it('sends method, path, headers and body as given, and gives back status, headers and body', async () => {
    await using stage = await raise()
    const inbound = await stage.subject.open(stage.outbound('/echo?x=1', { headers: { 'x-marker': 'a' } }))
    expect(inbound.status).toBe(200)
    expect(inbound.headers['content-type']).toBe('application/json')
    const seen: unknown = JSON.parse(await text(inbound))
    const body = JSON.stringify({ hello: 'hub' })
    expect(seen).toEqual({ method: 'POST', url: '/echo?x=1', marker: 'a', type: 'application/json', body })
    expect(stage.subject.records).toMatchObject([
      {
        purpose: 'probe',
        path: '/echo',
        origin: stage.subject.origin,
        outcome: 'answered',
        status: 200,
        bodyBytes: body.length,
      },
    ])
  })

  it('gives each piece of a stream when it comes, not at the end', async () => {
    await using stage = await raise()
    const inbound = await stage.subject.open(stage.outbound('/stepwise'))
    const pieces: string[] = []
    for await (const piece of inbound.body) {
      pieces.push(new TextDecoder().decode(piece))
      // The server writes the next piece only when it hears that this one was read.
      stage.server.step()
    }
    expect(pieces.join('')).toBe('one two three ')
    expect(stage.subject.records).toHaveLength(1)
  })

  it('gives a body of several megabytes whole to a reader that pauses', async () => {
    await using stage = await raise()
    const inbound = await stage.subject.open(stage.outbound('/large'))
    let bytes = 0
    for await (const piece of inbound.body) {
      bytes += piece.byteLength
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bytes).toBe(stage.server.largeBytes)
  })

  it('gives an answer that is no success, and follows no redirect', async () => {
    await using stage = await raise()
    const refused = await stage.subject.open(stage.outbound('/status/503'))
    expect([refused.status, await text(refused)]).toEqual([503, 'status 503'])
    const moved = await stage.subject.open(stage.outbound('/redirect'))
    expect([moved.status, moved.headers.location]).toEqual([307, '/echo'])
    await text(moved)
    expect(stage.server.paths).toEqual(['/status/503', '/redirect'])
  })
}

function describeLeaving({ it, expect }: Tools, raise: () => Promise<Stage>): void {
  it('closes the connection when the reader leaves the loop', async () => {
    await using stage = await raise()
    const inbound = await stage.subject.open(stage.outbound('/endless'))
    for await (const _ of inbound.body) break
    await stage.server.closed('/endless')
    expect(stage.subject.records).toMatchObject([{ outcome: 'answered', status: 200 }])
  })

  it('lets a second request follow on the same origin after one that was left', async () => {
    await using stage = await raise()
    const inbound = await stage.subject.open(stage.outbound('/endless'))
    for await (const _ of inbound.body) break
    expect(await text(await stage.subject.open(stage.outbound('/status/200')))).toBe('status 200')
  })
}

function describeFailures(tools: Tools, raise: () => Promise<Stage>): void {
  describeEarlyFailures(tools, raise)
  describeBodyFailures(tools, raise)
}

function describeEarlyFailures({ it, expect }: Tools, raise: () => Promise<Stage>): void {
  it('stops waiting for headers when the signal aborts, and closes the connection', async () => {
    await using stage = await raise()
    const abort = new AbortController()
    const code = codeOf(stage.subject.open(stage.outbound('/silent', { signal: abort.signal })))
    await stage.server.asked('/silent')
    abort.abort()
    expect(await code).toBe('aborted')
    await stage.server.closed('/silent')
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'aborted' }])
  })

  it('opens nothing when the signal is aborted already', async () => {
    await using stage = await raise()
    expect(await codeOf(stage.subject.open(stage.outbound('/echo', { signal: AbortSignal.abort() })))).toBe('aborted')
    expect(stage.server.paths).toEqual([])
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'aborted', bodyBytes: 0 }])
  })

  it('gives up on headers that do not come within their limit', async () => {
    await using stage = await raise()
    const code = codeOf(stage.subject.open(stage.outbound('/silent', { headersTimeoutMs: 700 })))
    await stage.server.asked('/silent')
    await stage.subject.clock.advance(700)
    expect(await code).toBe('upstream-timeout')
    await stage.server.closed('/silent')
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'upstream-timeout' }])
  })

  it('calls a destination at which nobody listens a link that is down', async () => {
    await using stage = await raise()
    const url = new URL('/echo', stage.subject.refusedOrigin)
    const failure = await failureOf(stage.subject.open({ ...ordinary(url) }))
    expect(failure?.code).toBe('link-down')
    expect(failure?.message).toContain(url.host)
    expect(failure?.message).toContain('ECONNREFUSED')
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'link-down', bodyBytes: 0 }])
  })

  it('calls a connection that ends before the headers a link that is down, and does not try again', async () => {
    await using stage = await raise()
    expect(await codeOf(stage.subject.open(stage.outbound('/hang-up')))).toBe('link-down')
    expect(stage.server.paths).toEqual(['/hang-up'])
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'link-down' }])
  })
}

function describeBodyFailures({ it, expect }: Tools, raise: () => Promise<Stage>): void {
  it('gives what came of a body that is cut, then throws', async () => {
    await using stage = await raise()
    const { read, code } = await readUntilFailure(await stage.subject.open(stage.outbound('/cut')))
    expect([read, code]).toEqual(['half of it', 'stream-cut'])
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', status: 200, errorCode: 'stream-cut' }])
  })

  it('keeps what came of a body that is cut for a reader that begins later', async () => {
    await using stage = await raise()
    const inbound = await stage.subject.open(stage.outbound('/cut'))
    await expect.poll(() => stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'stream-cut' }])
    expect(await readUntilFailure(inbound)).toEqual({ read: 'half of it', code: 'stream-cut' })
  })

  it('gives up on a body that falls silent, counting from its last piece', async () => {
    await using stage = await raise()
    const outbound = stage.outbound('/stepwise', { headersTimeoutMs: 60_000, bodyTimeoutMs: 500 })
    const inbound = await stage.subject.open(outbound)
    const failure = readUntilFailure(inbound, async (pieces) => {
      await stage.subject.clock.advance(400)
      if (pieces === 1) stage.server.step()
      else void stage.subject.clock.advance(100)
    })
    expect(await failure).toEqual({ read: 'one two ', code: 'upstream-timeout' })
    await stage.server.closed('/stepwise')
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'upstream-timeout' }])
  })

  it('ends a body at once when the signal aborts', async () => {
    await using stage = await raise()
    const abort = new AbortController()
    const inbound = await stage.subject.open(stage.outbound('/stepwise', { signal: abort.signal }))
    const failure = readUntilFailure(inbound, async () => abort.abort())
    expect((await failure).code).toBe('aborted')
    await stage.server.closed('/stepwise')
    expect(stage.subject.records).toMatchObject([{ outcome: 'failed', errorCode: 'aborted' }])
  })
}

function describeDenials({ it, expect }: Tools, raise: () => Promise<Stage>): void {
  it('sends nothing to a destination that is not allowed', async () => {
    await using stage = await raise()
    const { port } = new URL(stage.subject.origin)
    const failure = await failureOf(stage.subject.open(ordinary(new URL(`https://elsewhere.example:${port}/echo`))))
    expect(failure?.code).toBe('egress-denied')
    expect(failure?.message).toContain('https://elsewhere.example')
    expect(stage.subject.records).toMatchObject([{ outcome: 'denied', errorCode: 'egress-denied', bodyBytes: 0 }])
  })

  it('sends no body that nobody vouched for', async () => {
    await using stage = await raise()
    const body: unknown = { bytes: new TextEncoder().encode('{}'), contentType: 'application/json', hasContent: false }
    const outbound = stage.outbound('/echo', { body: body as OutboundBody })
    expect(await codeOf(stage.subject.open(outbound))).toBe('egress-denied')
    expect(stage.server.paths).toEqual([])
    expect(stage.subject.records).toMatchObject([{ outcome: 'denied', errorCode: 'egress-denied' }])
  })
}

function ordinary(url: URL): Outbound {
  return {
    url,
    method: 'POST',
    headers: {},
    body: OutboundBody.control({ hello: 'hub' }),
    purpose: 'probe',
    requestId: 'request-1',
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
    signal: new AbortController().signal,
  }
}

async function text(inbound: Inbound): Promise<string> {
  let all = ''
  const decoder = new TextDecoder()
  for await (const piece of inbound.body) all += decoder.decode(piece, { stream: true })
  return all
}

async function readUntilFailure(
  inbound: Inbound,
  onPiece: (pieces: number) => Promise<void> = async () => {},
): Promise<{ readonly read: string; readonly code: ErrorCode | undefined }> {
  let read = ''
  let pieces = 0
  const reading = async () => {
    for await (const piece of inbound.body) {
      read += new TextDecoder().decode(piece)
      pieces += 1
      await onPiece(pieces)
    }
  }
  return { code: await codeOf(reading()), read }
}

async function failureOf(work: Promise<unknown>): Promise<EdgewiseError | undefined> {
  try {
    await work
    return undefined
  } catch (thrown) {
    if (thrown instanceof EdgewiseError) return thrown
    throw thrown
  }
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  return (await failureOf(work))?.code
}
