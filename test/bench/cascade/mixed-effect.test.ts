import { describe, expect, it } from 'vitest'
import { type JudgedRow, mixedEffect, mixedGain, thresholdFor } from '../../../src/bench/cascade/mixed-effect.ts'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'

const row = (skill: string, confidence: number, local: number, cloud: number): JudgedRow => {
  return { skill, confidence, local, cloud }
}
const few = [row('few', 0.9, 0, 1), row('few', 0.1, 0, 1)]
const many = Array.from({ length: 8 }, (_, index) => row('many', index / 10, 1, 0))
const rows = [...few, ...many]

describe('the effect of a threshold on several skills', () => {
  it('counts every skill the same, however many rows it has', () => {
    const effect = mixedEffect(rows, 0.5, createSeededRandom(1))
    expect(effect.bySkill.get('few')).toEqual({ localShare: 0.5, quality: 0.5, toCloud: -0.5 })
    expect(effect.bySkill.get('many')).toEqual({ localShare: 3 / 8, quality: 3 / 8, toCloud: 3 / 8 })
    expect(effect.localShare).toBeCloseTo(7 / 16, 9)
    expect(effect.toCloud).toBeCloseTo(-1 / 16, 9)
  })

  it('has an interval around what it costs, and none where all goes to the cloud', () => {
    const { toCloud, toCloudInterval } = mixedEffect(rows, 0.5, createSeededRandom(1))
    expect(toCloudInterval.low).toBeLessThan(toCloud)
    expect(toCloudInterval.high).toBeGreaterThan(toCloud)
    const none = mixedEffect(rows, Number.POSITIVE_INFINITY, createSeededRandom(1))
    expect(none).toMatchObject({ localShare: 0, quality: 0.5, toCloud: 0, toCloudInterval: { low: 0, high: 0 } })
  })

  it('is the local model alone at a threshold of nothing', () => {
    expect(mixedEffect(rows, 0, createSeededRandom(1))).toMatchObject({ localShare: 1, quality: 0.5 })
  })
})

describe('the threshold for a local share', () => {
  it('keeps that share, every skill counted the same', () => {
    const threshold = thresholdFor(rows, 7 / 16)
    expect(mixedEffect(rows, threshold, createSeededRandom(1)).localShare).toBeCloseTo(7 / 16, 9)
    expect(mixedEffect(rows, thresholdFor(rows, 1), createSeededRandom(1)).localShare).toBe(1)
  })
})

describe('the gain of one cascade over another', () => {
  const all = { rows, threshold: 0 }
  const none = { rows, threshold: 2 }

  it('is the difference of their qualities, every skill counted the same', () => {
    const good = { rows, threshold: 0.95 }
    const keepMany = { rows: rows.map((one) => ({ ...one, confidence: Number(one.skill === 'many') })), threshold: 0.5 }
    expect(mixedGain(keepMany, good, createSeededRandom(1)).quality).toBeCloseTo(0.5, 9)
    expect(mixedGain(keepMany, all, createSeededRandom(1)).quality).toBeCloseTo(0.5, 9)
  })

  it('is nothing over itself', () => {
    expect(mixedGain(none, none, createSeededRandom(1))).toEqual({ quality: 0, interval: { low: 0, high: 0 } })
  })
})
