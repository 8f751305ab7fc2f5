import { describe, expect, it } from 'vitest'
import { Coalescer } from '../../../src/edge/coalescing/coalescer.ts'
import { joinKeys } from '../../../src/edge/coalescing/join-keys.ts'
import { requestSignals } from '../../../src/edge/request-signal.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { Plan } from '../../../src/spec/plan.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const keysOf = joinKeys('a secret')

/** A coalescer, and requests by name that answer with a text; `stream` ones part by part. */
function given(limits: { readonly keptBytes?: number; readonly keptAnswers?: number } = {}) {
  const clock = createFakeClock()
  const coalescer = new Coalescer({ clock, ...limits })
  const openSignal = requestSignals({ shutdown: new AbortController().signal, clock })
  let made = 0
  const ask = (name: string, text: string, parts?: () => AsyncIterable<StreamPart>) => {
    const attempt = { idempotencyKey: name, retries: 0 }
    const keys = keysOf({ keyId: 'key', path: '/', text: name, wishes: {}, attempt })
    const client = new AbortController()
    const entered = coalescer.enter({
      keys,
      attempt,
      signal: client.signal,
      make: () => {
        made += 1
        return {
          ends: openSignal({ limitMs: 1000, limitCode: 'request-timeout' }),
          bodyLength: name.length,
          begin: async () => {
            return {
              requestId: name,
              trace: { joined() {} },
              headers: {},
              isStream: parts !== undefined,
              answer: Promise.resolve({ plan: {} as Plan, parts: parts?.() ?? nothing() }),
              whole: async () => ({ text, headers: {} }),
              stream: () => ({ headers: {}, isExact: true, encoder: () => ({ push: () => '', error: () => '' }) }),
            }
          },
        }
      },
    })
    return { ...entered, client }
  }
  return { clock, coalescer, ask, made: () => made }
}

async function* nothing() {}

async function* words(...texts: readonly string[]): AsyncGenerator<StreamPart> {
  for (const text of texts) yield { type: 'text-delta', text }
}

describe('keeping whole answers', () => {
  it('ends with it: an answer that becomes whole later is not kept and sets no timer', async () => {
    const { clock, coalescer, ask } = given()
    const set: number[] = []
    const { after } = clock
    Object.assign(clock, {
      after: (ms: number, call: () => void) => {
        set.push(ms)
        return after.call(clock, ms, call)
      },
    })
    const { reader } = ask('a', 'a')
    coalescer[Symbol.dispose]()
    const before = set.length
    expect(await reader.whole()).toMatchObject({ text: 'a' })
    expect(coalescer.keptBytes).toBe(0)
    expect(set).toHaveLength(before)
  })

  it('forgets the oldest when there are too many', async () => {
    const { coalescer, ask, made } = given({ keptAnswers: 2 })
    for (const name of ['a', 'b', 'c', 'b', 'c', 'a']) await ask(name, name).reader.whole()
    expect(made()).toBe(4)
    coalescer[Symbol.dispose]()
  })

  it('keeps within its memory, and nothing that takes more than a quarter of it', async () => {
    const { coalescer, ask, made } = given({ keptBytes: 10_000 })
    for (let round = 0; round < 20; round++) await ask(`r${round}`, 'x'.repeat(1000)).reader.whole()
    expect(coalescer.keptBytes).toBeLessThanOrEqual(10_000)
    expect(coalescer.keptBytes).toBeGreaterThan(5000)
    await ask('large', 'x'.repeat(1300)).reader.whole()
    await ask('large', 'x'.repeat(1300)).reader.whole()
    expect(made()).toBe(22)
    coalescer[Symbol.dispose]()
    expect(coalescer.keptBytes).toBe(0)
  })

  it('leaves no timer behind once it is disposed of', async () => {
    const { clock, coalescer, ask } = given()
    await ask('a', 'a').reader.whole()
    expect(clock.pendingDelays).toBe(1)
    coalescer[Symbol.dispose]()
    expect(clock.pendingDelays).toBe(0)
  })

  it('forgets each a minute after it was whole', async () => {
    const { clock, ask, made } = given()
    await ask('a', 'a').reader.whole()
    await clock.advance(30_000)
    await ask('b', 'b').reader.whole()
    await clock.advance(30_000)
    await ask('b', 'b').reader.whole()
    expect(made()).toBe(2)
    await ask('a', 'a').reader.whole()
    expect(made()).toBe(3)
  })
})

describe('readers of one stream', () => {
  it('each get every part, whatever their pace', async () => {
    const { ask } = given()
    const first = ask('a', '', () => words('1', '2', '3')).reader
    await first.next()
    await first.next()
    const second = ask('a', '').reader
    const read = async (reader: AsyncIterable<StreamPart>) => {
      const texts: string[] = []
      for await (const part of reader) if (part.type === 'text-delta') texts.push(part.text)
      return texts
    }
    expect(await Promise.all([read(first), read(second)])).toEqual([['3'], ['1', '2', '3']])
  })

  it('get what was said before a failure, then the failure', async () => {
    const { ask } = given()
    async function* broken(): AsyncGenerator<StreamPart> {
      yield* words('1')
      throw new EdgewiseError('stream-cut', 'cut')
    }
    const first = ask('a', '', broken).reader
    const second = ask('a', '').reader
    await first.next()
    await expect(first.next()).rejects.toThrow('cut')
    expect(await second.next()).toMatchObject({ value: { text: '1' } })
    await expect(second.next()).rejects.toThrow('cut')
  })

  it('do not take the answer from each other when one leaves', async () => {
    const { ask, made } = given()
    const first = ask('a', '', () => words('1', '2'))
    const second = ask('a', '')
    await first.reader.next()
    first.client.abort(new EdgewiseError('aborted', 'gone'))
    expect(await second.reader.next()).toMatchObject({ value: { text: '1' } })
    expect(await second.reader.next()).toMatchObject({ value: { text: '2' } })
    expect(made()).toBe(1)
  })
})
