import type { Random } from '../spec/ports.ts'
import type { Draft } from './draft.ts'
import { countedNames, type FeatureChoice, featureRow, planFeatures, widthOf } from './feature-plan.ts'
import { fitIsotonic } from './isotonic-regression.ts'
import { fitLogistic, type LogisticModel } from './logistic-regression.ts'
import { confidenceAt, type FittedRouter, rawScore } from './router.ts'

/** One request with what both models made of it, 0 (wrong) to 1 (right). */
export interface RoutedExample {
  readonly draft: Draft
  readonly local: number
  readonly cloud: number
}

export interface FitRouterOptions {
  readonly examples: readonly RoutedExample[]
  readonly choice: FeatureChoice
  readonly random: Random
  /** Parts for cross-validation. */
  readonly folds?: number
}

export interface FitResult {
  readonly router: FittedRouter
  /** Confidence of every example as a router gives it that has not seen this example. Evidence is made of these alone. */
  readonly confidences: readonly number[]
}

/** L2 penalty per row; chosen with the scales in feature-plan.ts. */
const penalty = 2e-3

/** Two logistic regressions on all examples; their difference is calibrated on scores from cross-validation. Needs two examples. */
export function fitRouter({ examples, choice, random, folds = 5 }: FitRouterOptions): FitResult {
  if (examples.length < 2) throw new RangeError(`${examples.length} examples are too few to fit a router to`)
  const scores = crossFit({ examples, choice, random, folds: Math.min(folds, examples.length) })
  const curve = fitIsotonic(
    scores,
    examples.map(({ local, cloud }) => Number(local >= cloud)),
  )
  const points = curve.map(({ x, y }) => ({ x: rounded(x, 9), y: rounded(y, 9) }))
  return {
    router: { ...fitHeads(examples, choice), curve: points },
    confidences: scores.map((score) => confidenceAt(curve, score)),
  }
}

/** Raw scores, each from a fit without the fold that the example is in. */
function crossFit({ examples, choice, random, folds }: Required<FitRouterOptions>): readonly number[] {
  const scores = new Array<number>(examples.length).fill(0)
  const order = shuffled([...examples.keys()], random)
  for (let fold = 0; fold < folds; fold++) {
    const held = new Set(order.filter((_, position) => position % folds === fold))
    const heads = fitHeads(
      examples.filter((_, index) => !held.has(index)),
      choice,
    )
    for (const index of held) {
      const example = examples[index]
      if (example !== undefined) scores[index] = rawScore(heads, example.draft)
    }
  }
  return scores
}

function fitHeads(examples: readonly RoutedExample[], choice: FeatureChoice): Omit<FittedRouter, 'curve'> {
  const plan = planFeatures(
    choice,
    examples.map(({ draft }) => draft),
  )
  const rows = examples.map(({ draft }) => featureRow(plan, draft))
  const width = widthOf(plan)
  const head = (labels: readonly number[]) => packed(fitLogistic({ rows, labels, width, penalty }))
  return {
    features: [...countedNames(choice)],
    plan,
    local: head(examples.map(({ local }) => local)),
    cloud: head(examples.map(({ cloud }) => cloud)),
  }
}

/** Six digits are more than the data hold, and keep the file short. */
function packed({ bias, weights }: LogisticModel) {
  return { bias: rounded(bias, 6), weights: Array.from(weights, (weight) => rounded(weight, 6)) }
}

function rounded(value: number, digits: number): number {
  // JSON has no -0.
  return Math.round(value * 10 ** digits) / 10 ** digits + 0
}

/** Fisher and Yates. */
export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const mixed = [...list]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T]
  }
  return mixed
}
