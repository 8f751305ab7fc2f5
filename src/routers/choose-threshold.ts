import { z } from 'zod'
import type { Random } from '../spec/ports.ts'
import { bootstrapInterval, intervalSchema, wilsonInterval } from './intervals.ts'
import type { Outcome } from './routing-curve.ts'

/** What the owner wants of a cascade: at most so much worse than the cloud, at least this quality, or this share answered locally; all 0..1. */
export type Wish = { readonly within: number } | { readonly quality: number } | { readonly localShare: number }

/** What a threshold does to the rows it was measured on. Qualities are means of scores, 0..1. */
export const thresholdEffectSchema = z.strictObject({
  threshold: z.number(),
  rows: z.int(),
  localShare: z.number(),
  localShareInterval: intervalSchema,
  quality: z.number(),
  qualityInterval: intervalSchema,
  /** Quality less that of the cloud alone; negative is worse. */
  toCloud: z.number(),
  toCloudInterval: intervalSchema,
  localQuality: z.number(),
  cloudQuality: z.number(),
})
export type ThresholdEffect = z.infer<typeof thresholdEffectSchema>

export interface ChooseThresholdOptions {
  readonly outcomes: readonly Outcome[]
  /** From routers that had not seen the row they judge. */
  readonly confidences: readonly number[]
  readonly wish: Wish
}

/**
 * The threshold that answers most requests locally while the wish holds on these rows; for a wished local share, the one that comes
 * nearest to it. A threshold of 1 passes everything on: nothing less keeps the wish.
 */
export function chooseThreshold({ outcomes, confidences, wish }: ChooseThresholdOptions): number {
  const order = [...outcomes.keys()].toSorted((a, b) => (confidences[b] ?? 0) - (confidences[a] ?? 0))
  const count = outcomes.length
  const cloud = outcomes.reduce((sum, outcome) => sum + outcome.cloud, 0)
  let total = cloud
  // Passing everything on is always possible.
  let best = { threshold: 1, distance: 'localShare' in wish ? wish.localShare : Number.POSITIVE_INFINITY }
  for (const [position, index] of order.entries()) {
    const outcome = outcomes[index] ?? { local: 0, cloud: 0 }
    total += outcome.local - outcome.cloud
    const here = confidences[index] ?? 0
    const next = order[position + 1]
    const below = next === undefined ? 0 : (confidences[next] ?? 0)
    if (next !== undefined && below === here) continue
    const threshold = next === undefined ? 0 : (here + below) / 2
    if ('localShare' in wish) {
      const distance = Math.abs((position + 1) / count - wish.localShare)
      if (distance < best.distance) best = { threshold, distance }
    } else {
      const least = 'within' in wish ? cloud - wish.within * count : wish.quality * count
      // Sums of scores are exact only to rounding.
      if (total >= least - 1e-9 * count) best = { threshold, distance: 0 }
    }
  }
  return best.threshold
}

export interface MeasureThresholdOptions extends Omit<ChooseThresholdOptions, 'wish'> {
  readonly threshold: number
  readonly random: Random
}

/** What a threshold does on these rows, with 95 % intervals: Wilson's for the share, bootstrapped ones for qualities. */
export function measureThreshold({
  outcomes,
  confidences,
  threshold,
  random,
}: MeasureThresholdOptions): ThresholdEffect {
  const isLocal = confidences.map((confidence) => confidence >= threshold)
  const scores = outcomes.map(({ local, cloud }, index) => (isLocal[index] ? local : cloud))
  const toCloud = outcomes.map(({ cloud }, index) => (scores[index] ?? 0) - cloud)
  const local = isLocal.filter(Boolean).length
  return {
    threshold,
    rows: outcomes.length,
    localShare: local / outcomes.length,
    localShareInterval: wilsonInterval(local, outcomes.length),
    quality: mean(scores),
    qualityInterval: bootstrapInterval(scores, random),
    toCloud: mean(toCloud),
    toCloudInterval: bootstrapInterval(toCloud, random),
    localQuality: mean(outcomes.map((outcome) => outcome.local)),
    cloudQuality: mean(outcomes.map((outcome) => outcome.cloud)),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
