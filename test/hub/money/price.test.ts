import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costMicros, isFree, mostMicros, priceOf } from '../../../src/hub/money/price.ts'

describe('the cost of an answer', () => {
  it.each([
    [{ input: 3, output: 15 }, { promptTokens: 1000, completionTokens: 100 }, 4500],
    [{ input: 3, output: 15, cachedInput: 0.3 }, { promptTokens: 1000, cachedTokens: 900, completionTokens: 0 }, 570],
    [{ input: 3, output: 15 }, { promptTokens: 1000, cachedTokens: 900, completionTokens: 0 }, 3000],
    [{ input: 0.1, output: 0 }, { promptTokens: 30, completionTokens: 5 }, 3],
    [{ input: 0.0375, output: 0 }, { promptTokens: 1, completionTokens: 0 }, 1],
    [{ input: 3, output: 15 }, { promptTokens: 10, cachedTokens: 99, completionTokens: 0 }, 30],
    [{ input: 3, output: 15 }, { promptTokens: 0, completionTokens: 0 }, 0],
  ])('at %j for %j is %i micro-units', (list, usage, micros) => {
    expect(costMicros(priceOf(list), usage)).toBe(micros)
  })

  it('is never more than the most that its tokens can cost', () => {
    const amount = fc.double({ min: 0, max: 1000, noNaN: true })
    const list = fc.record({ input: amount, output: amount, cachedInput: amount })
    const tokens = fc.nat({ max: 200_000 })
    fc.assert(
      fc.property(list, tokens, tokens, tokens, (prices, prompt, cachedTokens, completion) => {
        const price = priceOf(prices)
        const cost = costMicros(price, { promptTokens: prompt, cachedTokens, completionTokens: completion })
        expect(cost).toBeLessThanOrEqual(mostMicros(price, { prompt, completion }))
      }),
    )
  })
})

it('is free what has no price, or one of nothing', () => {
  expect(isFree(undefined)).toBe(true)
  expect(isFree(priceOf({ input: 0, output: 0 }))).toBe(true)
  expect(isFree(priceOf({ input: 0, output: 0.01 }))).toBe(false)
})
