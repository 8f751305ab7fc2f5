import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { chooseThreshold, measureThreshold, type Wish } from '../../src/routers/choose-threshold.ts'

/** Sure ones are right; of the five unsure ones only the cloud is. */
const outcomes = Array.from({ length: 10 }, (_, index) => ({ local: Number(index < 5), cloud: 1 }))
const confidences = [0.9, 0.8, 0.7, 0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
const choose = (wish: Wish) => chooseThreshold({ outcomes, confidences, wish })

describe('chooseThreshold', () => {
  it('keeps as much locally as the wish allows', () => {
    expect(choose({ within: 0 })).toBeCloseTo(0.55, 9)
    expect(choose({ within: 0.2 })).toBeCloseTo(0.35, 9)
    expect(choose({ quality: 0.9 })).toBeCloseTo(0.45, 9)
    expect(choose({ within: 1 })).toBe(0)
  })

  it('comes as near as it can to a local share', () => {
    expect(choose({ localShare: 0.3 })).toBeCloseTo(0.675, 9)
    expect(choose({ localShare: 1 })).toBe(0)
    expect(choose({ localShare: 0 })).toBe(1)
  })

  it('passes everything on when nothing less is good enough', () => {
    const worse = outcomes.map(() => ({ local: 0, cloud: 1 }))
    expect(chooseThreshold({ outcomes: worse, confidences, wish: { within: 0.01 } })).toBe(1)
  })

  it('never parts rows of one confidence', () => {
    const alike = confidences.map(() => 0.5)
    expect(chooseThreshold({ outcomes, confidences: alike, wish: { localShare: 0.4 } })).toBeOneOf([0, 1])
  })
})

describe('measureThreshold', () => {
  it('says what a threshold does, with intervals around it', () => {
    const effect = measureThreshold({ outcomes, confidences, threshold: 0.35, random: createSeededRandom(1) })
    expect(effect).toMatchObject({ rows: 10, localShare: 0.7, quality: 0.8, localQuality: 0.5, cloudQuality: 1 })
    expect(effect.toCloud).toBeCloseTo(-0.2, 9)
    // Wilson for 7 of 10.
    expect(effect.localShareInterval.low).toBeCloseTo(0.397, 3)
    expect(effect.localShareInterval.high).toBeCloseTo(0.892, 3)
    expect(effect.toCloudInterval.low).toBeLessThan(-0.2)
    expect(effect.toCloudInterval.high).toBeGreaterThan(-0.2)
  })
})
