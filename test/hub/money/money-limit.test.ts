import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallerPurse } from '../../../src/hub/money/caller-purse.ts'
import { priceOf } from '../../../src/hub/money/price.ts'
import { promptTokens } from '../../../src/hub/money/prompt-tokens.ts'
import { createPool } from '../../../src/hub/pool.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { createScriptedGenerator, scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { type Asked, forever, partsOf, poolOf, price, request, setUp, text } from './scripted-spending.ts'

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
