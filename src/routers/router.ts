import { z } from 'zod'
import type { Draft } from './draft.ts'
import { countedNames, featurePlanSchema, featureRow, widthOf } from './feature-plan.ts'
import { isotonicAt, isotonicCurveSchema } from './isotonic-regression.ts'
import { logOdds, sigmoid } from './logistic-regression.ts'

const headSchema = z.strictObject({ bias: z.number(), weights: z.array(z.number()) })

/** A fitted router as it is kept in a file. */
export const fittedRouterSchema = z
  .strictObject({
    /** Names of the counted features; a file of an Edgewise that counts others is refused. */
    features: z.array(z.string()),
    plan: featurePlanSchema,
    /** Is the local answer right? */
    local: headSchema,
    /** Would the cloud's be? */
    cloud: headSchema,
    /** From the difference of the two to the share of rows in which the local answer was at least as good. */
    curve: isotonicCurveSchema,
  })
  .refine(({ features, plan }) => features.join() === countedNames(plan).join(), {
    error: 'it was fitted by a version of Edgewise that looks at other features',
  })
  .refine(({ plan, local, cloud }) => [local, cloud].every(({ weights }) => weights.length === widthOf(plan)), {
    error: 'the number of weights does not fit the features',
  })
export type FittedRouter = z.infer<typeof fittedRouterSchema>

/** Scores one request. */
export interface Router {
  /** 0..1: how likely the local answer is at least as good as the cloud's. */
  confidence(draft: Draft): number
}

/** Keeps the order of drafts on a level stretch of the curve, so that a threshold may lie anywhere. */
const slope = 0.01

/** A router that runs: pure, a fraction of a millisecond a draft. */
export function createRouter(fitted: FittedRouter): Router {
  return { confidence: (draft) => confidenceAt(fitted.curve, rawScore(fitted, draft)) }
}

/** Expected score of the local answer less that of the cloud's, -1..1, before calibration. */
export function rawScore({ plan, local, cloud }: Omit<FittedRouter, 'curve'>, draft: Draft): number {
  const row = featureRow(plan, draft)
  return sigmoid(logOdds(local, row)) - sigmoid(logOdds(cloud, row))
}

/** The calibrated confidence of a raw score; it grows strictly with the score. */
export function confidenceAt(curve: FittedRouter['curve'], score: number): number {
  return (1 - slope) * Math.max(0, Math.min(1, isotonicAt(curve, score))) + (slope * (score + 1)) / 2
}
