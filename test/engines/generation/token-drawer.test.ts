import { describe, expect, it } from 'vitest'
import type { Constraint } from '../../../src/engines/generation/constraint.ts'
import type { Drawing } from '../../../src/engines/generation/sampler.ts'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { createTokenDrawer } from '../../../src/engines/generation/token-drawer.ts'
import { referenceShares } from './sampling-reference.ts'
import { scriptedConstraint } from './scripted-constraint.ts'

const never = new AbortController().signal
const row = [2, 1.5, 1, 0.5, 0, -0.5, -1, 3]
const allowed = new Set([1, 2, 4, 6])

function drawer(drawing: Drawing, constraint: Constraint) {
  return createTokenDrawer({
    drawing,
    random: createSeededRandom(42),
    adjustments: undefined,
    constraint,
    signal: never,
  })
}

/** Pearson's statistic over the tokens that may come. */
function chiSquare(counts: readonly number[], shares: readonly number[], total: number): number {
  return shares.reduce((sum, share, id) => {
    if (share === 0) return sum
    return sum + ((counts[id] ?? 0) - total * share) ** 2 / (total * share)
  }, 0)
}

describe('a constrained draw', () => {
  it.each<[string, Drawing]>([
    ['the whole distribution', { temperature: 1, topK: 0, topP: 1 }],
    ['top-p', { temperature: 1.3, topK: 0, topP: 0.9 }],
    ['top-k and min-p', { temperature: 1, topK: 6, topP: 1, minP: 0.05 }],
  ])('has the distribution of masking every step, drawn from %s, and never an id outside', async (_, drawing) => {
    const total = 20_000
    const constraint = scriptedConstraint(() => allowed)
    const draw = drawer(drawing, constraint)
    const counts = row.map(() => 0)
    for (let index = 0; index < total; index++) {
      const id = await draw(Float32Array.from(row))
      counts[id] = (counts[id] ?? 0) + 1
    }
    const shares = referenceShares(row, drawing, allowed)
    expect(counts.every((count, id) => count === 0 || (shares[id] ?? 0) > 0)).toBe(true)
    // 0.1 % point of chi-square with three degrees of freedom.
    expect(chiSquare(counts, shares, total)).toBeLessThan(16.27)
    expect(constraint.asked.masks).toBeGreaterThan(0)
    expect(constraint.asked.masks).toBeLessThan(total)
  })

  it('asks for no mask when the free draw is accepted', async () => {
    const constraint = scriptedConstraint(() => new Set([7]))
    expect(await drawer({ temperature: 0, topK: 0, topP: 1 }, constraint)(Float32Array.from(row))).toBe(7)
    expect(constraint.asked).toEqual({ accepts: 1, masks: 0 })
  })

  it('fails when the constraint refuses what its own mask allows', async () => {
    const liar: Constraint = {
      accept: async () => false,
      mask: async () => Uint32Array.of(2),
      [Symbol.asyncDispose]: async () => undefined,
    }
    const drawing = drawer({ temperature: 0, topK: 0, topP: 1 }, liar)(Float32Array.from(row))
    await expect(drawing).rejects.toMatchObject({ code: 'internal' })
  })
})
