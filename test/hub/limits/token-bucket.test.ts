import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from '../../../src/hub/limits/token-bucket.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

describe('a token bucket', () => {
  it('gives a minute at once, and then as it refills', async () => {
    const clock = createFakeClock()
    const bucket = new TokenBucket({ clock, perMinute: 60 })
    expect(bucket.take(60)).toBe(0)
    expect(bucket.take(1)).toBe(1000)
    await clock.advance(999)
    expect(bucket.take(1)).toBe(1)
    await clock.advance(1)
    expect(bucket.take(1)).toBe(0)
  })

  it('lets through what it could never hold when it is full, and says how long to wait for that', async () => {
    const clock = createFakeClock()
    const bucket = new TokenBucket({ clock, perMinute: 60 })
    bucket.take(30)
    expect(bucket.take(1000)).toBe(30_000)
    await clock.advance(30_000)
    expect(bucket.take(1000)).toBe(0)
  })

  it('makes up for what turned out larger, or smaller, than it was taken for', async () => {
    const clock = createFakeClock()
    const bucket = new TokenBucket({ clock, perMinute: 60 })
    bucket.take(60)
    bucket.adjust(30)
    expect(bucket.take(1)).toBe(31_000)
    bucket.adjust(-1000)
    expect(bucket.take(60)).toBe(0)
    expect(bucket.take(1)).toBe(1000)
  })

  it('never gives more than two minutes of it in a minute', async () => {
    const step = fc.record({ amount: fc.integer({ min: 1, max: 100 }), waitMs: fc.nat({ max: 20_000 }) })
    const holds = fc.asyncProperty(fc.array(step, { maxLength: 100 }), async (steps) => {
      const clock = createFakeClock()
      const bucket = new TokenBucket({ clock, perMinute: 100 })
      const given: { at: number; amount: number }[] = []
      for (const { amount, waitMs } of steps) {
        if (bucket.take(amount) === 0) given.push({ at: clock.monotonic(), amount })
        const lately = given.filter(({ at }) => at > clock.monotonic() - 60_000)
        expect(lately.reduce((sum, one) => sum + one.amount, 0)).toBeLessThanOrEqual(200)
        await clock.advance(waitMs)
      }
    })
    await fc.assert(holds, { numRuns: 60 })
  })
})
