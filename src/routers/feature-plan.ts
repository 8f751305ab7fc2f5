import { z } from 'zod'
import type { Draft } from './draft.ts'
import { draftFeatureNames, draftFeatures } from './draft-features.ts'
import { hashedNgrams } from './hashed-ngrams.ts'
import { logprobFeatureNames, logprobFeatures } from './logprob-features.ts'
import { promptFeatureNames, promptFeatures } from './prompt-features.ts'
import type { SparseRow } from './sparse-row.ts'

/** What a router looks at, and how it brings numbers of different size to one scale. */
export const featurePlanSchema = z.strictObject({
  /** Counts of the prompt's text always; of the draft's text and log-probabilities when they are there. */
  readsText: z.boolean(),
  readsLogprobs: z.boolean(),
  /** Columns for hashed n-grams of the prompt; 0 leaves them out. */
  ngramColumns: z.int().min(0).max(1_048_576),
  /** Mean and spread of each counted feature over the rows it was fitted to. */
  means: z.array(z.number()),
  spreads: z.array(z.number().positive()),
})
export type FeaturePlan = z.infer<typeof featurePlanSchema>

export type FeatureChoice = Pick<FeaturePlan, 'readsText' | 'readsLogprobs' | 'ngramColumns'>

/** What one standard deviation of a counted feature weighs beside n-grams, which are a vector of length one. */
const promptScale = 0.1
const draftScale = 0.3
/** A prompt of megabytes must not hold up the others; its beginning says enough. */
const longestText = 20_000
/** Beyond this many standard deviations an outlier says no more. */
const farthest = 3
const wordShare = 0.7

/** Names of the counted features, in the order of their columns. */
export function countedNames({ readsText, readsLogprobs }: FeatureChoice): readonly string[] {
  return [...promptFeatureNames, ...(readsText ? draftFeatureNames : []), ...(readsLogprobs ? logprobFeatureNames : [])]
}

/** Columns of the rows that a plan gives. */
export function widthOf(plan: FeaturePlan): number {
  return plan.means.length + plan.ngramColumns
}

/** Learns means and spreads from the drafts that a router is fitted to. */
export function planFeatures(choice: FeatureChoice, drafts: readonly Draft[]): FeaturePlan {
  const rows = drafts.map((draft) => counted(choice, draft))
  const count = Math.max(1, rows.length)
  const means = countedNames(choice).map((_, column) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / count)
  const spreads = means.map((mean, column) => {
    const squares = rows.reduce((sum, row) => sum + ((row[column] ?? 0) - mean) ** 2, 0) / count
    // A feature that never varied says nothing; any scale will do.
    return squares > 1e-12 ? Math.sqrt(squares) : 1
  })
  return { ...choice, means, spreads }
}

/** A draft as the row of a linear model. */
export function featureRow(plan: FeaturePlan, draft: Draft): SparseRow {
  const values = counted(plan, draft).map((value, column) => {
    const deviation = (value - (plan.means[column] ?? 0)) / (plan.spreads[column] ?? 1)
    const scale = column < promptFeatureNames.length ? promptScale : draftScale
    return scale * Math.max(-farthest, Math.min(farthest, deviation))
  })
  if (plan.ngramColumns === 0) return { columns: Int32Array.from(values.keys()), values: Float64Array.from(values) }
  const ngrams = hashedNgrams(draft.prompt.slice(0, longestText), { columns: plan.ngramColumns, wordShare })
  return {
    columns: Int32Array.from([...values.keys(), ...ngrams.columns.map((column) => column + values.length)]),
    values: Float64Array.from([...values, ...ngrams.values]),
  }
}

function counted({ readsText, readsLogprobs }: FeatureChoice, draft: Draft): readonly number[] {
  const prompt = draft.prompt.slice(0, longestText)
  return [
    ...promptFeatures(prompt),
    ...(readsText ? draftFeatures(prompt, (draft.text ?? '').slice(0, longestText)) : []),
    ...(readsLogprobs ? logprobFeatures(draft.tokens ?? []) : []),
  ]
}
