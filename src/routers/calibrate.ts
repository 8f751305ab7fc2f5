import type { Random } from '../spec/ports.ts'
import { type Baseline, baselines } from './baselines.ts'
import { chooseThreshold, measureThreshold, type ThresholdEffect, type Wish } from './choose-threshold.ts'
import { beginningOf } from './draft.ts'
import { fitRouter, type RoutedExample } from './fit-router.ts'
import type { FittedRouter } from './router.ts'
import { averageGapRecovered, type CurvePoint, qualityAt, routingCurve } from './routing-curve.ts'

export interface CalibrateOptions {
  readonly examples: readonly RoutedExample[]
  readonly decideAfterTokens: number
  readonly wish: Wish
  readonly random: Random
}

/** One line of evidence: a way to choose what is passed on, with its quality when as much stays local. */
export interface RoutingLine {
  readonly name: Baseline['name'] | 'calibrated' | 'always edge' | 'always cloud'
  readonly localShare: number
  readonly quality: number
  /** Average performance gap recovered; absent for the two ends, and when both models are equally good. */
  readonly gapRecovered?: number
  readonly curve: readonly CurvePoint[]
}

export interface CalibrationResult {
  readonly router: FittedRouter
  readonly effect: ThresholdEffect
  readonly lines: readonly RoutingLine[]
}

/** Hashed n-grams of the prompt; more of them where there is nothing but the prompt. */
const fewColumns = 4096
const manyColumns = 32_768

/** Router, threshold and evidence. Drafts are cut to what an edge sees when it decides; all evidence is from cross-validation. */
export function calibrateCascade({
  examples: whole,
  decideAfterTokens,
  wish,
  random,
}: CalibrateOptions): CalibrationResult {
  const examples = whole.map((example) => ({ ...example, draft: beginningOf(example.draft, decideAfterTokens) }))
  const { router, confidences } = fitRouter({ examples, choice: featureChoice(examples), random })
  const threshold = chooseThreshold({ outcomes: examples, confidences, wish })
  const effect = measureThreshold({ outcomes: examples, confidences, threshold, random })
  const curve = routingCurve(examples, confidences)
  const ends = (name: RoutingLine['name'], localShare: number, quality: number): RoutingLine => {
    return { name, localShare, quality, curve: [] }
  }
  return {
    router,
    effect,
    lines: [
      lineOf('calibrated', curve, effect.localShare),
      ...baselines(examples).map((baseline) => lineOf(baseline.name, baseline.curve, effect.localShare)),
      ends('always edge', 1, effect.localQuality),
      ends('always cloud', 0, effect.cloudQuality),
    ],
  }
}

/** Looks at the drafts where every example has one. */
export function featureChoice(examples: readonly RoutedExample[]) {
  const readsText = examples.every(({ draft }) => draft.text !== undefined)
  const readsLogprobs = examples.every(({ draft }) => draft.tokens !== undefined)
  return { readsText, readsLogprobs, ngramColumns: readsText || readsLogprobs ? fewColumns : manyColumns }
}

function lineOf(name: RoutingLine['name'], curve: readonly CurvePoint[], localShare: number): RoutingLine {
  const gapRecovered = averageGapRecovered(curve)
  return {
    name,
    localShare,
    quality: qualityAt(curve, 1 - localShare),
    ...(gapRecovered === undefined ? {} : { gapRecovered }),
    curve,
  }
}
