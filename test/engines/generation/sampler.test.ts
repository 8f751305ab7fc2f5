import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostProbable } from '../../../src/engines/generation/most-probable.ts'
import { nucleusFloor } from '../../../src/engines/generation/nucleus.ts'
import { sampleToken } from '../../../src/engines/generation/sampler.ts'
import { createSeededRandom, xoshiro128 } from '../../../src/engines/generation/seeded-random.ts'

const all = { temperature: 1, topK: 0, topP: 1 }
const logits = fc
  .array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 200, size: 'max' })
  .map((values) => Float32Array.from(values, (value) => value / 8))

function probabilities(row: Float32Array, temperature = 1): number[] {
  const highest = Math.max(...row)
  const weights = Array.from(row, (logit) => Math.exp((logit - highest) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** Ids in the order of their probability, by a full sort. */
function sorted(row: Float32Array): number[] {
  return Array.from(row.keys()).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b)
}

function shares(row: Float32Array, sampling: Parameters<typeof sampleToken>[1], draws = 20_000): number[] {
  const random = createSeededRandom(7)
  const counts = new Array<number>(row.length).fill(0)
  for (let draw = 0; draw < draws; draw++) {
    const id = sampleToken(row, sampling, random)
    counts[id] = (counts[id] ?? 0) + 1 / draws
  }
  return counts
}

describe('the sampler', () => {
  it('takes the first largest logit at temperature 0, and no random number', () => {
    fc.assert(
      fc.property(logits, (row) => {
        const random = () => {
          throw new Error('drawn')
        }
        expect(sampleToken(row, { ...all, temperature: 0 }, random)).toBe(sorted(row)[0])
      }),
    )
  })

  it('draws each token as often as its probability at the temperature says', () => {
    const row = Float32Array.of(1, 3, -2, 2.5, 0)
    for (const temperature of [0.5, 1, 2]) {
      const drawn = shares(row, { ...all, temperature })
      for (const [id, share] of probabilities(row, temperature).entries()) expect(drawn[id]).toBeCloseTo(share, 1.7)
    }
  })

  it('never draws outside the top k, and keeps their proportions', () => {
    const row = Float32Array.of(1, 3, -2, 2.5, 0, 2)
    const drawn = shares(row, { ...all, topK: 3 })
    expect(drawn.filter((share) => share > 0)).toHaveLength(3)
    expect((drawn[1] ?? 0) / (drawn[3] ?? 1)).toBeCloseTo(Math.exp(0.5), 0.8)
  })

  it('never draws outside the nucleus', () => {
    const numbers = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 5,
      maxLength: 5,
    })
    fc.assert(
      fc.property(
        logits,
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(20),
        numbers,
        (row, topP, topK, us) => {
          const order = sorted(row).slice(0, topK === 0 ? row.length : topK)
          const shareOf = probabilities(Float32Array.from(order, (id) => row[id] ?? 0))
          let mass = 0
          const size = shareOf.findIndex((share) => {
            mass += share
            return mass >= topP - 1e-5
          })
          const weakest = row[order[size] ?? 0] ?? 0
          for (const u of us)
            expect(row[sampleToken(row, { temperature: 1, topK, topP }, () => u)]).toBeGreaterThanOrEqual(
              weakest - 0.126,
            )
        },
      ),
    )
  })

  it('refuses a row without a finite maximum', () => {
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
      expect(() => sampleToken(new Float32Array(4).fill(value), all, () => 0.5)).toThrow(/finite/)
    }
  })
})

describe('the nucleus', () => {
  it('is as small as a full sort makes it', () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 200, size: 'max' })
      .map((values) => Float32Array.from([1, ...values.map((value) => value / 1000)]))
    fc.assert(
      fc.property(weights, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (row, topP) => {
        const floor = nucleusFloor(row, topP)
        const total = row.reduce((sum, weight) => sum + weight, 0)
        const massFrom = (least: number) => row.reduce((sum, weight) => sum + (weight >= least ? weight : 0), 0)
        const above = Math.min(...row.filter((weight) => weight > floor), Number.POSITIVE_INFINITY)
        expect(massFrom(floor)).toBeGreaterThanOrEqual(topP * total - 1e-6)
        expect(massFrom(above)).toBeLessThan(topP * total + 1e-6)
      }),
    )
  })
})

describe('the most probable tokens', () => {
  it('are those of a full sort', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 40 }), (row, count) => {
        expect([...mostProbable(row, count)]).toEqual(sorted(row).slice(0, count))
      }),
    )
  })
})

describe('seeded random numbers', () => {
  it('are those of xoshiro128**', () => {
    const next = xoshiro128([1, 2, 3, 4])
    expect(Array.from({ length: 7 }, next)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034])
  })

  it('depend on all of the seed and lie evenly in [0, 1)', () => {
    const seeds = [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]
    expect(new Set(seeds.map((seed) => createSeededRandom(seed)())).size).toBe(seeds.length)
    const random = createSeededRandom(3)
    const numbers = Array.from({ length: 10_000 }, random)
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
    expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(0.5, 1.7)
  })
})
