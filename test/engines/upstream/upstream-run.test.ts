import { describe, expect, it } from 'vitest'
import { asEdgewiseError, type EdgewiseError } from '../../../src/spec/errors.ts'
import type { OpenConnection } from '../../../src/spec/ports.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { type MockFault, startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { sanitised, upstreamAt } from './mock-model.ts'

type Upstream = ReturnType<typeof upstreamAt>

const never = new AbortController().signal

function read(upstream: Upstream): Promise<StreamPart[]> {
  return Array.fromAsync(upstream.generate(sanitised(), never))
}

async function failure(upstream: Upstream): Promise<EdgewiseError> {
  const thrown: unknown = await read(upstream).then(
    () => new Error('it answered'),
    (error: unknown) => error,
  )
  return asEdgewiseError(thrown)
}

describe('an upstream server that is slow', () => {
  it('before its first token ends in upstream-timeout, though it sent headers and a role', async () => {
    await using mock = await startMockUpstream()
    const clock = createFakeClock()
    await using upstream = upstreamAt(mock.baseUrl, { clock, firstTokenTimeoutMs: 5_000, interTokenTimeoutMs: 100 })
    mock.fail({ kind: 'stall', afterChunks: 0 })
    const failed = failure(upstream)
    const request = await mock.nextRequest()
    await armed(clock)
    await clock.advance(5_000)
    expect(await failed).toMatchObject({ code: 'upstream-timeout', message: expect.stringContaining('within 5000 ms') })
    expect(await request.outcome).toBe('cut')
  })

  it('cannot put off the first token with events that hold none', async () => {
    const clock = createFakeClock()
    async function* body(signal: AbortSignal) {
      for (;;) {
        await clock.delay(900, signal)
        yield new TextEncoder().encode('data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n')
      }
    }
    const open: OpenConnection = async ({ signal }) => ({ status: 200, headers: {}, body: body(signal) })
    await using upstream = upstreamAt('http://host/v1', { clock, open, firstTokenTimeoutMs: 2_000 })
    const failed = failure(upstream)
    await clock.advance(2_000)
    expect(await failed).toMatchObject({ code: 'upstream-timeout' })
    expect(clock.monotonic()).toBe(2_000)
  })

  it('between two tokens ends in upstream-timeout, and every token starts the wait anew', async () => {
    await using mock = await startMockUpstream()
    const clock = createFakeClock()
    await using upstream = upstreamAt(mock.baseUrl, { clock, firstTokenTimeoutMs: 60_000, interTokenTimeoutMs: 1_000 })
    mock.fail({ kind: 'stall', afterChunks: 2 })
    const parts = upstream.generate(sanitised(), never)[Symbol.asyncIterator]()
    await parts.next()
    await clock.advance(900)
    await parts.next()
    const third = parts.next()
    third.catch(() => undefined)
    await clock.advance(900)
    expect(clock.pendingDelays).toBe(1)
    await clock.advance(100)
    await expect(third).rejects.toMatchObject({ code: 'upstream-timeout', message: expect.stringContaining('1000 ms') })
  })

  it('is not blamed for a reader that takes its time', async () => {
    await using mock = await startMockUpstream()
    const clock = createFakeClock()
    await using upstream = upstreamAt(mock.baseUrl, { clock, interTokenTimeoutMs: 1_000 })
    let text = ''
    for await (const part of upstream.generate(sanitised(), never)) {
      await clock.advance(5_000)
      if (part.type === 'text-delta') text += part.text
    }
    expect(text).toBe('Hello from the mock.')
    expect(clock.pendingDelays).toBe(0)
  })

  it('to close its stream after [DONE] holds nobody up for long', async () => {
    await using mock = await startMockUpstream()
    const clock = createFakeClock()
    await using upstream = upstreamAt(mock.baseUrl, { clock })
    const chunk = '{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}'
    mock.fail({ kind: 'raw', writes: [`data: ${chunk}\n\ndata: [DONE]\n\n`], stays: true })
    const parts = upstream.generate(sanitised(), never)[Symbol.asyncIterator]()
    expect((await parts.next()).value).toMatchObject({ type: 'text-delta' })
    expect((await parts.next()).value).toMatchObject({ type: 'finish' })
    const end = parts.next()
    await clock.advance(200)
    expect(await end).toEqual({ done: true, value: undefined })
  })
})

describe('the connection of an upstream server', () => {
  it.each([
    ['answers with a long page in place of an answer', 'text/html', ['<html>', 'x'.repeat(200_000)], 'upstream-failed'],
    ['trickles a JSON answer', 'application/json', ['{"choices":'], 'upstream-timeout'],
  ] as const)('is closed when it %s', async (_, contentType, writes, code) => {
    await using mock = await startMockUpstream()
    const clock = createFakeClock()
    await using upstream = upstreamAt(mock.baseUrl, { clock })
    mock.fail({ kind: 'raw', contentType, writes, stays: true })
    const answer = read(upstream)
    answer.catch(() => undefined)
    const request = await mock.nextRequest()
    while (mock.stalled === 0) await new Promise((resolve) => setImmediate(resolve))
    while (clock.pendingDelays === 0 && code === 'upstream-timeout')
      await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(60_000)
    await expect(answer).rejects.toMatchObject({ code })
    expect(await request.outcome).toBe('cut')
  })

  it('may stay open after a whole answer that its reader takes slowly', async () => {
    await using mock = await startMockUpstream()
    const clock = createFakeClock()
    await using upstream = upstreamAt(mock.baseUrl, { clock })
    const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`
    const text = ['a', 'b', 'c'].map((content) => chunk({ delta: { content } })).join('')
    const whole = `${text}${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`
    mock.fail({ kind: 'raw', writes: [whole], stays: true })
    const types: string[] = []
    for await (const part of upstream.generate(sanitised(), never)) {
      types.push(part.type)
      await clock.advance(150)
    }
    expect(types).toEqual(['text-delta', 'text-delta', 'text-delta', 'finish'])
  })
})

describe('a caller that goes away', () => {
  it.each(['delay', 'stall'] as const)('during a %s closes the connection at once', async (kind) => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    mock.fail({ kind, afterChunks: 1 } as MockFault)
    const caller = new AbortController()
    const reading = Array.fromAsync(upstream.generate(sanitised(), caller.signal))
    const request = await mock.nextRequest()
    caller.abort()
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
    expect(await request.outcome).toBe('cut')
  })

  it('by leaving the loop closes the connection at once', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    mock.fail({ kind: 'stall', afterChunks: 1 })
    for await (const _ of upstream.generate(sanitised(), never)) break
    expect(await mock.requests[0]?.outcome).toBe('cut')
  })

  it('for a typed reason, such as a deadline, gets that reason', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    const caller = AbortSignal.abort(asEdgewiseError(new Error('too late'), 'deadline-exceeded'))
    const reading = Array.fromAsync(upstream.generate(sanitised(), caller))
    await expect(reading).rejects.toMatchObject({ code: 'deadline-exceeded' })
    expect(mock.requests).toEqual([])
  })

  it('by closing the generator ends what runs', async () => {
    await using mock = await startMockUpstream()
    const upstream = upstreamAt(mock.baseUrl)
    mock.fail({ kind: 'stall', afterChunks: 1 })
    const failed = failure(upstream)
    await mock.nextRequest()
    await upstream[Symbol.asyncDispose]()
    expect(await failed).toMatchObject({ code: 'aborted', message: expect.stringContaining('is being closed') })
  })
})

/** Resolves when the limit for the body is being watched: one timer of the connection's, one of the generator's. */
async function armed(clock: { readonly pendingDelays: number }): Promise<void> {
  while (clock.pendingDelays < 1) await new Promise((resolve) => setImmediate(resolve))
}
