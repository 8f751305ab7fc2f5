import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RetryBudget } from '../../../src/hub/pool/retry-budget.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

function takeAll(budget: RetryBudget): number {
  let taken = 0
  while (taken < 10_000 && budget.take()) taken += 1
  return taken
}

describe('a retry budget', () => {
  it('allows ten retries in ten seconds without any traffic', async () => {
    const clock = createFakeClock()
    const budget = new RetryBudget({ clock })
    expect(takeAll(budget)).toBe(10)
    await clock.advance(8_999)
    expect(takeAll(budget)).toBe(0)
    await clock.advance(1_001)
    expect(takeAll(budget)).toBe(10)
  })

  it('allows a fifth of the requests beside them, for as long as those are in the window', async () => {
    const clock = createFakeClock()
    const budget = new RetryBudget({ clock })
    for (let index = 0; index < 1000; index += 1) budget.request()
    expect(takeAll(budget)).toBe(210)
    await clock.advance(10_000)
    expect(takeAll(budget)).toBe(10)
  })

  it('never lets a window have more retries than it allows, however requests and retries come', async () => {
    const step = fc.oneof(fc.constantFrom('request', 'retry'), fc.integer({ min: 1, max: 3000 }))
    const holds = fc.asyncProperty(fc.array(step, { maxLength: 300 }), async (steps) => {
      const clock = createFakeClock()
      const budget = new RetryBudget({ clock, minimum: 2 })
      const [requests, retries]: [number[], number[]] = [[], []]
      const since = (list: number[], ms: number) => list.filter((at) => at > clock.monotonic() - ms).length
      for (const next of steps) {
        if (typeof next === 'number') await clock.advance(next)
        else if (next === 'request') {
          budget.request()
          requests.push(clock.monotonic())
        } else if (budget.take()) {
          retries.push(clock.monotonic())
          // Windows move by a tenth: the last nine seconds are always in them, more than ten never.
          expect(since(retries, 9000)).toBeLessThanOrEqual(2 + 0.2 * since(requests, 10_001))
        }
      }
    })
    await fc.assert(holds, { numRuns: 60 })
  })
})
