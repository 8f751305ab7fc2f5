import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitIsotonic, isotonicAt } from '../../src/routers/isotonic-regression.ts'

const points = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 20 })), {
  minLength: 1,
  maxLength: 40,
})
const split = (list: readonly (readonly [number, number])[]) => [list.map(([x]) => x), list.map(([, y]) => y)] as const

describe('fitIsotonic', () => {
  it('pools neighbours that fall, and only those', () => {
    expect(fitIsotonic([1, 2, 3, 4], [1, 3, 2, 4])).toEqual([
      { x: 1, y: 1 },
      { x: 2.5, y: 2.5 },
      { x: 4, y: 4 },
    ])
  })

  it('never falls, and keeps within what was seen', () => {
    fc.assert(
      fc.property(points, (list) => {
        const [x, y] = split(list)
        const curve = fitIsotonic(x, y)
        const heights = Array.from({ length: 121 }, (_, index) => isotonicAt(curve, index - 60))
        for (const [index, height] of heights.entries()) {
          expect(height).toBeGreaterThanOrEqual((heights[index - 1] ?? -1) - 1e-9)
          expect(height).toBeGreaterThanOrEqual(Math.min(...y) - 1e-9)
          expect(height).toBeLessThanOrEqual(Math.max(...y) + 1e-9)
        }
      }),
    )
  })

  it('leaves alone what never falls, in whatever order it comes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -99, max: 99 }), { minLength: 1 }), (x) => {
        const curve = fitIsotonic(
          x,
          x.map((at) => 2 * at),
        )
        for (const at of x) expect(isotonicAt(curve, at)).toBeCloseTo(2 * at, 9)
      }),
    )
  })

  it('keeps the mean of what it pools', () => {
    const x = [1, 1, 2, 3, 3, 3]
    const y = [5, 1, 4, 3, 2, 1]
    expect(fitIsotonic(x, y)).toEqual([{ x: expect.closeTo(13 / 6, 9), y: expect.closeTo(16 / 6, 9) }])
  })

  it('refuses nothing, and lists of different length', () => {
    expect(() => fitIsotonic([], [])).toThrow(RangeError)
    expect(() => fitIsotonic([1], [1, 2])).toThrow(RangeError)
  })
})
