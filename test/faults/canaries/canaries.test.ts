import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { holds } from '../fault.ts'
import { faultFolder } from '../fault-folder.ts'
import { guarded, judged } from './canaries-fault.ts'
import { type CanariesFlown, runCanaries } from './run-canaries.ts'

async function fly(canaries: number, privacy: object, seed: number): Promise<CanariesFlown> {
  await using folder = await faultFolder()
  const { signal } = new AbortController()
  const options = { folder: folder.path, canaries, privacy, random: createSeededRandom(seed), signal }
  return await runCanaries({ ...options, onProgress: () => undefined })
}

describe('200,000 canaries through an edge', () => {
  it('leave no trace outside, and would be seen if they did', { timeout: 600_000 }, async () => {
    const open = await fly(4000, { personalData: 'allow' }, 3)
    const flown = await fly(200_000, guarded, 2)
    expect(flown.sinks.tell().filter((line) => !/^ +0 in /.test(line))).toEqual([])
    const result = judged(flown, open)
    expect(result).toMatchObject({ lost: 0, acknowledged: expect.any(Number) })
    expect(result.failure).toBeUndefined()
    expect(holds(result)).toBe(true)
    expect(flown.made).toBeGreaterThanOrEqual(200_000)
  })

  it('are found on the wire where policy lets a class leave', { timeout: 120_000 }, async () => {
    const flown = await fly(6000, { ...guarded, classes: { EMAIL_ADDRESS: 'allow' } }, 4)
    const found = [...flown.sinks.found('wire')]
    expect(found.length).toBeGreaterThan(100)
    expect(new Set(found.map(({ entity }) => entity))).toEqual(new Set(['EMAIL_ADDRESS']))
    expect(holds(judged(flown, flown))).toBe(false)
  })
})
