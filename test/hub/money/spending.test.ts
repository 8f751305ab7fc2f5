import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { CallerPurse } from '../../../src/hub/money/caller-purse.ts'
import { priceOf } from '../../../src/hub/money/price.ts'
import { promptTokens } from '../../../src/hub/money/prompt-tokens.ts'
import { Spending } from '../../../src/hub/money/spending.ts'
import { createPool } from '../../../src/hub/pool.ts'
import { admitSanitised } from '../../../src/privacy/admit.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../../src/testing/scripted-generator.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-spending-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const forever = new AbortController().signal
const price = priceOf({ input: 1, output: 10 })
const unlimited = { microsPerDay: undefined, microsPerMonth: undefined }

function request(changes: Partial<InferenceRequest> = {}) {
  const sampling = { temperature: 0, topP: 1, topK: 0 }
  const messages = [{ role: 'user', content: 'Hello.' }] as const
  return admitSanitised({ id: 'r', model: 'big', messages, sampling, stop: [], maxTokens: 10, ...changes })
}

type Asked = ReturnType<typeof request>

async function setUp({ path = ':memory:', run = 'run-1', clock = createFakeClock() } = {}) {
  const store = await openStore({ path, clock })
  const errors: EdgewiseError[] = []
  const onError = (error: EdgewiseError) => errors.push(error)
  const spending = await Spending.open({ book: store.spending, clock, run, currency: 'EUR', onError })
  const purse = (asked: Asked, limits = unlimited as { microsPerDay: number | undefined; microsPerMonth: undefined }) =>
    new CallerPurse({
      caller: 'edge',
      limits,
      prompt: promptTokens(asked),
      outputTokens: 50,
      spending,
      onSpent: () => {},
    })
  const spent = async () => (await store.spending.since('2000-01-01')).reduce((sum, { micros }) => sum + micros, 0)
  return { clock, store, spending, purse, spent, errors }
}

function poolOf(steps: readonly ScriptStep[], more: object = { price }) {
  const clock = createFakeClock()
  const generator = createScriptedGenerator({ model: 'big', script: [steps] })
  return { generator, pool: createPool({ members: [{ name: 'a', generator, ...more }], clock }) }
}

async function partsOf<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const part of parts) all.push(part)
  return all
}

const text = (count: number): ScriptStep[] =>
  Array.from({ length: count }, () => ({ type: 'text-delta', text: 'abc' }) as const)

describe('an answer that is paid for', () => {
  it('costs what the upstream reports, is booked before its end, and says so', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf(scriptedAnswer(['x'], { promptTokens: 100, completionTokens: 7 }))
    for await (const part of pool.generate(request(), forever, purse(request()))) {
      if (part.type !== 'finish') continue
      expect(part.usage.cost).toEqual({ micros: 170, currency: 'EUR' })
      expect(await spent()).toBe(170)
    }
  })

  it('that is cut costs its prompt and what was streamed', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf([...text(5), new EdgewiseError('stream-cut', 'cut')])
    const asked = request()
    await expect(partsOf(pool.generate(asked, forever, purse(asked)))).rejects.toMatchObject({ code: 'stream-cut' })
    expect(await spent()).toBe(promptTokens(asked).likely + 5 * 10)
  })

  it('whose reader leaves costs its prompt and what was streamed', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf([...text(3), new Promise(() => {})])
    const asked = request()
    let seen = 0
    for await (const _part of pool.generate(asked, forever, purse(asked))) {
      seen += 1
      if (seen === 3) break
    }
    expect(await spent()).toBe(promptTokens(asked).likely + 3 * 10)
  })

  it.each(['link-down', 'upstream-failed', 'overloaded', 'upstream-rejected'] as const)(
    'that fails with %s before it began costs nothing',
    async (code) => {
      const { purse, spent, store } = await setUp()
      const { pool } = poolOf([new EdgewiseError(code, 'scripted')])
      await partsOf(pool.generate(request(), forever, purse(request()))).catch(() => {})
      expect(await spent()).toBe(0)
      expect(await store.spending.reconcile('run-2')).toEqual([])
    },
  )

  it('whose caller left before it was sent costs nothing', async () => {
    const { purse, spent, store } = await setUp()
    const { pool, generator } = poolOf(scriptedAnswer(['x']))
    const client = new AbortController()
    const asking = partsOf(pool.generate(request(), client.signal, purse(request())))
    client.abort(new EdgewiseError('aborted', 'left'))
    await expect(asking).rejects.toMatchObject({ code: 'aborted' })
    expect(generator.calls).toEqual([])
    expect([await spent(), await store.spending.reconcile('run-2')]).toEqual([0, []])
  })

  it('that timed out costs its prompt: the server was at work', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf([new EdgewiseError('upstream-timeout', 'scripted')])
    const asked = request()
    await partsOf(pool.generate(asked, forever, purse(asked))).catch(() => {})
    expect(await spent()).toBe(promptTokens(asked).likely)
  })

  it('gets an upper limit of tokens under a limit of money, and none without', async () => {
    const { purse } = await setUp()
    const { pool, generator } = poolOf(scriptedAnswer(['x']))
    const { maxTokens: _none, ...open } = request()
    const asked = admitSanitised(open)
    await partsOf(pool.generate(asked, forever, purse(asked)))
    await partsOf(pool.generate(asked, forever, purse(asked, { microsPerDay: 10_000, microsPerMonth: undefined })))
    expect(generator.calls.map(({ request: { maxTokens } }) => maxTokens)).toEqual([undefined, 50])
  })
})

it('vectors are paid for by their prompt, and get no limit of tokens', async () => {
  const { purse } = await setUp()
  const { pool, generator } = poolOf(scriptedAnswer([]), { price })
  const { maxTokens: _none, ...open } = request()
  const asked = admitSanitised({ ...open, embedding: {} })
  const microsPerDay = promptTokens(asked).most
  const able = { ...generator, capabilities: new Set(['embeddings'] as const) }
  await using vectors = createPool({ members: [{ name: 'a', generator: able, price }], clock: createFakeClock() })
  const parts = vectors.generate(asked, forever, purse(asked, { microsPerDay, microsPerMonth: undefined }))
  expect(await partsOf(parts)).toMatchObject([{ type: 'finish' }])
  expect(generator.calls[0]?.request.maxTokens).toBe(undefined)
  await pool[Symbol.asyncDispose]()
})

describe('a limit of money', () => {
  const broke = { microsPerDay: 100, microsPerMonth: undefined }

  it('is kept before anything is sent, and says until when', async () => {
    const { purse, clock } = await setUp()
    const { pool, generator } = poolOf(scriptedAnswer(['x']))
    await clock.advance(3_600_000)
    const asking = partsOf(pool.generate(request(), forever, purse(request(), broke)))
    await expect(asking).rejects.toMatchObject({ code: 'budget-exceeded', retryAfterSeconds: 23 * 3600, status: 429 })
    await expect(asking).rejects.toThrow(/of the 0\.0001 EUR that this edge may spend in a day, 0\.0000 EUR are spent/)
    expect(generator.calls).toEqual([])
  })

  it('leaves what costs nothing to answer, and what costs little enough', async () => {
    const { purse, spent } = await setUp()
    const generator = (name: string) => createScriptedGenerator({ model: 'big', script: [scriptedAnswer([name])] })
    const dear = { name: 'dear', generator: generator('dear'), price: priceOf({ input: 100, output: 100 }) }
    const cheap = { name: 'cheap', generator: generator('cheap'), price: priceOf({ input: 0, output: 1 }) }
    const free = { name: 'free', generator: generator('free') }
    const clock = createFakeClock()
    const ask = async (members: (typeof dear | typeof free)[], limits = broke) => {
      const [first] = await partsOf(
        createPool({ members, clock }).generate(request(), forever, purse(request(), limits)),
      )
      return first?.type === 'text-delta' ? first.text : undefined
    }
    for (let index = 0; index < 5; index += 1) {
      expect(await ask([dear, free])).toBe('free')
      expect(await ask([dear, cheap])).toBe('cheap')
    }
    expect(await spent()).toBe(5)
    expect(await ask([dear, free], { microsPerDay: 0, microsPerMonth: undefined })).toBe('free')
  })

  it.each([
    ['whose reader leaves before its first token', 'before'],
    ['whose reader leaves in the middle', 1],
    ['that is cut', new EdgewiseError('stream-cut', 'cut')],
    ['that times out', new EdgewiseError('upstream-timeout', 'slow')],
    ['that ends without usage', { type: 'finish', reason: 'stop', usage: { promptTokens: 0, completionTokens: 1 } }],
  ] as const)('takes all that was set aside for an answer %s', async (_name, end) => {
    const { purse, spent, store } = await setUp()
    const asked = request()
    const paid = purse(asked, { microsPerDay: 10_000, microsPerMonth: undefined })
    const client = new AbortController()
    const left = new EdgewiseError('aborted', 'left')
    const began = end === 'before' || (end instanceof EdgewiseError && end.code === 'upstream-timeout') ? [] : text(1)
    const { pool, generator } = poolOf([...began, typeof end === 'object' ? end : new Promise<void>(() => {})])
    const parts = pool.generate(asked, client.signal, paid)[Symbol.asyncIterator]()
    if (end === 'before') {
      const asking = parts.next()
      while (generator.calls.length === 0) await new Promise(setImmediate)
      client.abort(left)
      await expect(asking).rejects.toMatchObject({ code: 'aborted' })
    } else {
      await parts.next().catch(() => {})
      if (end === 1) await parts.return?.()
      else await parts.next().catch(() => {})
    }
    expect(await spent()).toBe(promptTokens(asked).most + 10 * 10)
    expect(await store.spending.reconcile('run-2')).toEqual([])
  })

  it('does not hide that what costs nothing is not well', async () => {
    const { purse } = await setUp()
    const free = createScriptedGenerator({ model: 'big', script: [] })
    free.setUnavailable('its process restarts')
    const dear = createScriptedGenerator({ model: 'big', script: [] })
    const members = [
      { name: 'dear', generator: dear, price },
      { name: 'free', generator: free },
    ]
    const { generate } = { generate: createPool({ members, clock: createFakeClock() }) }
    const asking = partsOf(generate.generate(request(), forever, purse(request(), broke)))
    await expect(asking).rejects.toMatchObject({ code: 'engine-unavailable' })
    expect(dear.calls).toEqual([])
  })

  it('is never passed by more than nothing, however many ask at the same time and however their answers end', async () => {
    const ending = fc.constantFrom('finish', 'cut', 'leave', 'refuse')
    const one = fc.record({ tokens: fc.integer({ min: 0, max: 10 }), ending })
    const holds = fc.asyncProperty(
      fc.array(one, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 3000 }),
      async (asks, microsPerDay) => {
        const { purse, spent, store, spending } = await setUp()
        const limits = { microsPerDay, microsPerMonth: undefined }
        const asked = request()
        const most = promptTokens(asked).most + 10 * 10
        const outcomes = await Promise.all(asks.map((ask) => askOnce(ask, purse(asked, limits), asked)))
        expect(await spent()).toBeLessThanOrEqual(microsPerDay)
        const refused = outcomes.filter((outcome) => outcome === 'budget-exceeded').length
        expect(asks.length - refused).toBeGreaterThanOrEqual(Math.min(asks.length, Math.floor(microsPerDay / most)))
        expect(await store.spending.reconcile('other')).toEqual([])
        await spending[Symbol.asyncDispose]()
        await store[Symbol.asyncDispose]()
      },
    )
    await fc.assert(holds, { numRuns: 40 })
  })
})

async function askOnce({ tokens, ending }: { tokens: number; ending: string }, purse: CallerPurse, asked: Asked) {
  const usage = { promptTokens: promptTokens(asked).likely, completionTokens: tokens }
  const finish = { type: 'finish', reason: 'stop', usage } as const
  const last = ending === 'finish' ? finish : new EdgewiseError('stream-cut', 'cut')
  const steps = ending === 'refuse' ? [new EdgewiseError('link-down', 'down')] : [...text(tokens), last]
  const { pool } = poolOf(steps)
  try {
    let seen = 0
    for await (const _part of pool.generate(asked, forever, purse)) {
      seen += 1
      if (ending === 'leave' && seen === tokens) break
    }
    return 'answered'
  } catch (thrown) {
    return thrown instanceof EdgewiseError ? thrown.code : 'other'
  }
}

describe('a hub that crashed between setting money aside and settling', () => {
  it('books all of it at the next start, and nothing twice', async () => {
    const path = join(root, 'crash.db')
    const before = await setUp({ path })
    const { pool } = poolOf([...text(1), new Promise(() => {})])
    const asked = request()
    const parts = pool.generate(asked, forever, before.purse(asked))[Symbol.asyncIterator]()
    await parts.next()
    // The process is gone; another one opens the same file.
    const after = await setUp({ path, run: 'run-2' })
    const most = promptTokens(asked).most + 10 * 10
    expect(after.spending.reconciled).toEqual([{ caller: 'edge', micros: most }])
    expect(await after.spent()).toBe(most)
    // Should it have been alive after all, its late settlement changes nothing.
    await parts.return?.()
    expect(await after.spent()).toBe(most)
    expect(before.errors).toEqual([])
    await after.store[Symbol.asyncDispose]()
    await before.store[Symbol.asyncDispose]()
  })

  it('keeps the reservation when the store fails at the end, and the answer is whole all the same', async () => {
    const { purse, spending, store, errors } = await setUp({ path: join(root, 'closed.db') })
    const { pool } = poolOf(scriptedAnswer(['x']))
    const asked = request()
    const parts = pool.generate(asked, forever, purse(asked))[Symbol.asyncIterator]()
    await parts.next()
    await store[Symbol.asyncDispose]()
    expect((await parts.next()).value).toMatchObject({ type: 'finish' })
    expect(errors.length).toBe(1)
    const again = await setUp({ path: join(root, 'closed.db'), run: 'run-2' })
    expect(again.spending.reconciled).toHaveLength(1)
    await again.store[Symbol.asyncDispose]()
    await spending[Symbol.asyncDispose]()
  })
})

it('the book stays open until answers that are being ended are booked, but not for ever', async () => {
  const { spending, clock } = await setUp()
  const over = spending.begin()
  let isClosed = false
  const close = async () => {
    await spending[Symbol.asyncDispose]()
    isClosed = true
  }
  const closing = close()
  await clock.advance(900)
  expect(isClosed).toBe(false)
  over()
  await closing
  spending.begin()
  const again = spending[Symbol.asyncDispose]()
  await clock.advance(1000)
  await again
})

describe('what costs nothing', () => {
  it('is counted all the same, a second later or at the end', async () => {
    const { purse, spending, store, clock } = await setUp()
    const { pool } = poolOf(scriptedAnswer(['x'], { promptTokens: 5, completionTokens: 1 }), {})
    for (let index = 0; index < 3; index += 1) await partsOf(pool.generate(request(), forever, purse(request())))
    expect(await store.spending.since('2000-01-01')).toEqual([])
    await clock.advance(1000)
    const row = { caller: 'edge', day: '2026-01-01', micros: 0, requests: 3, promptTokens: 15, completionTokens: 3 }
    expect(await store.spending.since('2000-01-01')).toEqual([row])
    await partsOf(pool.generate(request(), forever, purse(request())))
    await spending[Symbol.asyncDispose]()
    expect(await store.spending.since('2000-01-01')).toMatchObject([{ requests: 4 }])
  })
})
