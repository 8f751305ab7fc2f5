import { describe, expect, it } from 'vitest'
import { minimise } from '../../src/routers/lbfgs.ts'

describe('minimise', () => {
  it('finds the bottom of a long narrow bowl', () => {
    const scales = [1, 100, 10_000]
    const bottom = [3, -2, 0.5]
    const found = minimise({
      start: new Float64Array(3),
      objective(at, gradient) {
        return scales.reduce((sum, scale, index) => {
          const away = (at[index] ?? 0) - (bottom[index] ?? 0)
          gradient[index] = scale * away
          return sum + (scale / 2) * away * away
        }, 0)
      },
    })
    for (const [index, x] of bottom.entries()) expect(found[index]).toBeCloseTo(x, 5)
  })

  it('stays where the gradient is already nothing, and leaves the start as it is', () => {
    const start = Float64Array.of(4)
    const found = minimise({
      start,
      objective(at, gradient) {
        gradient[0] = 0
        return at[0] ?? 0
      },
    })
    expect([...found]).toEqual([4])
    expect([...start]).toEqual([4])
  })
})
