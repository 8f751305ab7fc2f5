import { describe, expect, it } from 'vitest'
import { BrokenPromise, Journal } from './journal.ts'
import { simulate } from './simulate.ts'

/** A seed that once failed stays here, with what it found. */
const seedsThatFailed: readonly number[] = []

describe('the simulation of edges, a hub and their links', () => {
  it('gives the same run for the same seed, step by step', async () => {
    const [{ realMs: _, ...first }, { realMs: __, ...second }] = [
      await simulate({ seed: 11, minutes: 2 }),
      await simulate({ seed: 11, minutes: 2 }),
    ]
    expect(second).toEqual(first)
    expect(first.disasters).toBeGreaterThan(2)
  })

  it('finds what disks lose that do not keep what they said they did', async () => {
    await expect(simulate({ seed: 1, minutes: 10, lazyDisks: true })).rejects.toThrow(BrokenPromise)
  })

  it.each(seedsThatFailed)('keeps its promises with seed %d', async (seed) => {
    const { acknowledged, arrived } = await simulate({ seed })
    expect(arrived).toBeGreaterThanOrEqual(acknowledged)
  })
})

describe('the journal', () => {
  const event = (ordinal: number, lane = 'a') => ({ edge: 'edge', key: `${lane}${ordinal}`, lane, ordinal })

  it('finds an event that comes twice, one that overtakes, and one that nobody has', () => {
    const journal = new Journal()
    for (const ordinal of [1, 2, 3]) journal.acknowledge(event(ordinal))
    journal.arrive(event(1))
    expect(() => journal.arrive(event(1))).toThrow('a1 came twice')
    expect(() => journal.expectKept('edge', new Set(['a2']))).toThrow('a3 was acknowledged')
    expect(() => journal.arrive(event(3))).toThrow('out of order')
  })

  it('finds a mark that goes back', () => {
    const journal = new Journal()
    journal.mark('edge epoch', 5)
    expect(() => journal.mark('edge epoch', 4)).toThrow('went back from 5 to 4')
  })
})
