import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { baselines } from '../../src/routers/baselines.ts'
import { calibrateCascade } from '../../src/routers/calibrate.ts'
import { fitRouter } from '../../src/routers/fit-router.ts'
import { createRouter, fittedRouterSchema } from '../../src/routers/router.ts'
import { averageGapRecovered, routingCurve } from '../../src/routers/routing-curve.ts'
import { madeUpExamples } from './examples.ts'

const choice = { readsText: true, readsLogprobs: true, ngramColumns: 256 }
const examples = madeUpExamples(600)

describe('a fitted router', () => {
  const { router, confidences } = fitRouter({ examples, choice, random: createSeededRandom(1) })

  it('finds the hard ones among rows it has not seen, better than chance, length and plain confidence', () => {
    const unseen = madeUpExamples(600, 2)
    const { confidence } = createRouter(router)
    const gap = averageGapRecovered(
      routingCurve(
        unseen,
        unseen.map(({ draft }) => confidence(draft)),
      ),
    )
    for (const { name, curve } of baselines(unseen)) {
      if (name !== 'oracle') expect(gap, name).toBeGreaterThan((averageGapRecovered(curve) ?? 0) + 0.05)
      else expect(gap).toBeLessThan(averageGapRecovered(curve) ?? 0)
    }
  })

  it('gives confidences that mean what they say', () => {
    const unseen = madeUpExamples(3000, 3)
    const { confidence } = createRouter(router)
    for (const [low, high] of [
      [0.1, 0.3],
      [0.5, 0.7],
      [0.7, 0.9],
    ] as const) {
      const bin = unseen.filter(({ draft }) => confidence(draft) >= low && confidence(draft) < high)
      const share = bin.filter(({ local, cloud }) => local >= cloud).length / bin.length
      expect(bin.length).toBeGreaterThan(30)
      expect(share).toBeGreaterThan(low - 0.12)
      expect(share).toBeLessThan(high + 0.12)
    }
  })

  it('says the same after it was in a file', () => {
    const again = createRouter(fittedRouterSchema.parse(JSON.parse(JSON.stringify(router))))
    for (const { draft } of examples.slice(0, 20)) {
      expect(again.confidence(draft)).toBe(createRouter(router).confidence(draft))
    }
  })

  it('judges its own rows from outside: a label cannot raise its own confidence', () => {
    const flipped = examples.map((example, index) => (index === 7 ? { ...example, local: 1 - example.local } : example))
    const other = fitRouter({ examples: flipped, choice, random: createSeededRandom(1) })
    // Only the shared calibration curve may move, and one row of 600 moves it little.
    expect(Math.abs((other.confidences[7] ?? 0) - (confidences[7] ?? 1))).toBeLessThan(0.05)
  })

  it('is refused when it was fitted to other features', () => {
    const old = { ...router, features: router.features.toReversed() }
    expect(fittedRouterSchema.safeParse(old).error?.issues[0]?.message).toContain('other features')
    const short = { ...router, local: { ...router.local, weights: [] } }
    expect(fittedRouterSchema.safeParse(short).error?.issues[0]?.message).toContain('number of weights')
  })

  it('needs more than one example', () => {
    expect(() => fitRouter({ examples: examples.slice(0, 1), choice, random: createSeededRandom(1) })).toThrow(
      RangeError,
    )
  })
})

describe('calibrateCascade', () => {
  it('sets a threshold that keeps its wish on unseen rows, within the interval it gives', () => {
    const wish = { within: 0.05 }
    const found = calibrateCascade({ examples, decideAfterTokens: 24, wish, random: createSeededRandom(1) })
    expect(found.effect.toCloud).toBeGreaterThanOrEqual(-0.05)
    expect(found.effect.localShare).toBeGreaterThan(0.15)
    const { confidence } = createRouter(found.router)
    const unseen = madeUpExamples(3000, 9)
    const loss = unseen.map(({ draft, local, cloud }) =>
      confidence(draft) >= found.effect.threshold ? local - cloud : 0,
    )
    const mean = loss.reduce((sum, value) => sum + value, 0) / loss.length
    expect(mean).toBeGreaterThan(found.effect.toCloudInterval.low - 0.02)
    expect(mean).toBeLessThan(found.effect.toCloudInterval.high + 0.02)
  })

  it('prints chance, length, plain confidence, oracle and both ends beside it', () => {
    const wish = { localShare: 0.5 }
    const { lines } = calibrateCascade({ examples, decideAfterTokens: 24, wish, random: createSeededRandom(1) })
    expect(lines.map(({ name }) => name)).toEqual([
      'calibrated',
      'random',
      'prompt length',
      'mean token probability',
      'oracle',
      'always edge',
      'always cloud',
    ])
    expect(lines.find(({ name }) => name === 'random')?.gapRecovered).toBeCloseTo(0.5, 9)
  })

  it('does without drafts where there are none', () => {
    const bare = examples.map(({ draft, ...rest }) => ({ ...rest, draft: { prompt: draft.prompt } }))
    const wish = { localShare: 0.5 }
    const { router } = calibrateCascade({ examples: bare, decideAfterTokens: 24, wish, random: createSeededRandom(1) })
    expect(router.plan).toMatchObject({ readsText: false, readsLogprobs: false })
    const { confidence } = createRouter(router)
    expect(confidence({ prompt: 'train number 5 please' })).toBeGreaterThan(
      confidence({ prompt: 'ship number 5 please' }),
    )
  })
})
