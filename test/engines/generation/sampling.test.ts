import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Drawing, sampleToken } from '../../../src/engines/generation/sampler.ts'
import { closestBorder, referenceShares } from './sampling-reference.ts'

const rows = fc
  .array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 80, size: 'max' })
  .map((values) => values.map((value) => value / 8))
const share = fc.double({ min: 0.01, max: 0.99, noNaN: true })
const drawings: fc.Arbitrary<Drawing> = fc.record({
  temperature: fc.constantFrom(0, 0.5, 1, 1.7),
  topK: fc.oneof(fc.constant(0), fc.nat(90)),
  topP: fc.oneof(fc.constant(1), share),
  minP: fc.oneof(fc.constant(0), share),
})

const draws = 101

/** Shares of the tokens when the random numbers lie evenly in [0, 1). */
function evenShares(row: readonly number[], drawing: Drawing, mask?: Uint32Array): number[] {
  const counts = row.map(() => 0)
  for (let draw = 0; draw < draws; draw++) {
    const id = sampleToken(Float32Array.from(row), drawing, () => (draw + 0.5) / draws, mask)
    counts[id] = (counts[id] ?? 0) + 1
  }
  return counts.map((count) => count / draws)
}

function maskOf(allowed: ReadonlySet<number>, vocabulary: number): Uint32Array {
  const mask = new Uint32Array(Math.ceil(vocabulary / 32))
  for (const id of allowed) mask[id >> 5] = (mask[id >> 5] ?? 0) | (1 << (id & 31))
  return mask
}

function expectSame(given: readonly number[], wanted: readonly number[]): void {
  for (const [id, value] of wanted.entries()) {
    expect(Math.abs((given[id] ?? 0) - value), `token ${id}`).toBeLessThan(1.5 / draws)
    if (value === 0) expect(given[id], `token ${id}`).toBe(0)
  }
}

describe('temperature, top-k, top-p and min-p', () => {
  it('together give each token the share that full sorts give it', () => {
    fc.assert(
      fc.property(rows, drawings, (row, drawing) => {
        fc.pre(closestBorder(row, drawing) > 1e-5)
        expectSame(evenShares(row, drawing), referenceShares(row, drawing))
      }),
      { numRuns: 150 },
    )
  })

  it('keep min-p times the most probable at least', () => {
    const row = [0, -1, -2, -3].map((value) => value + 5)
    const drawn = evenShares(row, { temperature: 1, topK: 0, topP: 1, minP: Math.exp(-1.5) })
    expect(drawn.map((value) => value > 0)).toEqual([true, true, false, false])
  })
})

describe('a mask', () => {
  it('leaves the allowed ones of what would be drawn anyway, or else all allowed ones', () => {
    const picked = fc.uniqueArray(fc.nat(79), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(rows, drawings, picked, (row, drawing, places) => {
        const allowed = new Set(places.map((place) => place % row.length))
        const masked = row.map((logit, id) => (allowed.has(id) ? logit : Number.NEGATIVE_INFINITY))
        fc.pre(closestBorder(row, drawing) > 1e-5 && closestBorder(masked, drawing) > 1e-5)
        const drawn = evenShares(row, drawing, maskOf(allowed, row.length))
        expect(drawn.every((value, id) => value === 0 || allowed.has(id))).toBe(true)
        expectSame(drawn, referenceShares(row, drawing, allowed))
      }),
      { numRuns: 150 },
    )
  })

  it('leaves the first largest of the allowed ones at temperature 0, wherever they stand', () => {
    const picked = fc.uniqueArray(fc.nat(199), { minLength: 1, maxLength: 60 })
    const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 200, maxLength: 200 })
    fc.assert(
      fc.property(values, picked, (row, ids) => {
        const highest = Math.max(...ids.map((id) => row[id] ?? 0))
        const first = ids.toSorted((a, b) => a - b).find((id) => row[id] === highest)
        const greedy = { temperature: 0, topK: 0, topP: 1 }
        expect(sampleToken(Float32Array.from(row), greedy, Math.random, maskOf(new Set(ids), 200))).toBe(first)
      }),
    )
    const damaged = Float32Array.of(1, Number.NaN, 2)
    const draw = () => sampleToken(damaged, { temperature: 0, topK: 0, topP: 1 }, Math.random, maskOf(new Set([1]), 3))
    expect(draw).toThrow(/finite/)
  })

  it('takes one random number however often it draws, and none when greedy', () => {
    let taken = 0
    const random = () => {
      taken++
      return 0.5
    }
    const row = Float32Array.of(9, 1, 2, 0)
    expect(sampleToken(row, { temperature: 1, topK: 1, topP: 1 }, random, maskOf(new Set([1, 3]), 4))).toBe(1)
    expect(taken).toBe(1)
    expect(sampleToken(row, { temperature: 0, topK: 0, topP: 1 }, random, maskOf(new Set([1, 2]), 4))).toBe(2)
    expect(taken).toBe(1)
  })
})
