import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageGapRecovered, escalatedFor, qualityAt, routingCurve } from '../../src/routers/routing-curve.ts'

/** Local right in two of four, cloud in three. */
const outcomes = [
  { local: 1, cloud: 1 },
  { local: 0, cloud: 1 },
  { local: 1, cloud: 0 },
  { local: 0, cloud: 1 },
]

describe('a routing curve', () => {
  it('passes on the least confident first', () => {
    expect(routingCurve(outcomes, [0.9, 0.1, 0.8, 0.2])).toEqual([
      { escalated: 0, quality: 0.5 },
      { escalated: 0.25, quality: 0.75 },
      { escalated: 0.5, quality: 1 },
      { escalated: 0.75, quality: 0.75 },
      { escalated: 1, quality: 0.75 },
    ])
  })

  it('is the straight line of chance where nothing can be told apart', () => {
    const curve = routingCurve(outcomes, [1, 1, 1, 1])
    expect(curve).toEqual([
      { escalated: 0, quality: 0.5 },
      { escalated: 1, quality: 0.75 },
    ])
    expect(averageGapRecovered(curve)).toBe(0.5)
    expect(qualityAt(curve, 0.4)).toBeCloseTo(0.6, 9)
  })

  it('recovers the gap that can be counted by hand', () => {
    // Trapezoids: (0.625 + 0.875 + 0.875 + 0.75) / 4 = 0.78125, so (0.78125 - 0.5) / 0.25.
    expect(averageGapRecovered(routingCurve(outcomes, [0.9, 0.1, 0.8, 0.2]))).toBeCloseTo(1.125, 9)
  })

  it('has no gap to recover between equals', () => {
    expect(averageGapRecovered(routingCurve([{ local: 1, cloud: 1 }], [0.5]))).toBeUndefined()
  })

  it('says how much has to be passed on for a quality', () => {
    const curve = routingCurve(outcomes, [0.9, 0.1, 0.8, 0.2])
    expect(escalatedFor(curve, 0.5)).toBe(0)
    expect(escalatedFor(curve, 0.6)).toBeCloseTo(0.1, 9)
    expect(escalatedFor(curve, 1)).toBe(0.5)
    expect(escalatedFor(routingCurve(outcomes, [1, 1, 1, 1]), 0.9)).toBeUndefined()
  })

  it('starts at the local model and ends at the cloud model, whatever the router says', () => {
    const row = fc.record({
      local: fc.integer({ min: 0, max: 1 }),
      cloud: fc.integer({ min: 0, max: 1 }),
      sure: fc.double({ noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const curve = routingCurve(
          rows,
          rows.map(({ sure }) => sure),
        )
        const mean = (side: 'local' | 'cloud') => rows.reduce((sum, one) => sum + one[side], 0) / rows.length
        expect(curve[0]).toEqual({ escalated: 0, quality: mean('local') })
        expect(curve.at(-1)?.escalated).toBe(1)
        expect(curve.at(-1)?.quality).toBeCloseTo(mean('cloud'), 9)
      }),
    )
  })
})
