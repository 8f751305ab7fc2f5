import type { DraftToken } from './draft.ts'

/** What is counted of the tokens' log-probabilities, by name; the order is part of every fitted router. */
export const logprobFeatureNames = [
  'tokens',
  'mean-logprob',
  'mean-probability',
  'lowest-logprob',
  'second-lowest-logprob',
  'tenth-logprob',
  'quarter-logprob',
  'median-logprob',
  'first-logprob',
  'last-logprob',
  'sum-logprob',
  'unsure-share',
  'unsure-tokens',
  'first-margin',
  'lowest-margin',
  'mean-margin',
] as const

/** Nobody can tell 1e-9 from less; it also keeps a minus infinity of a server out of the sums. */
const floor = -20
/** Margin, in natural logarithms, where no runner-up is known: wide enough to say nothing against the token. */
const unknownMargin = 10

/** How sure a model was of its own tokens. As long as `logprobFeatureNames`; no tokens at all count as sure. */
export function logprobFeatures(tokens: readonly DraftToken[]): readonly number[] {
  const logprobs = tokens.map(({ logprob }) => bounded(logprob))
  const sorted = logprobs.toSorted((a, b) => a - b)
  const margins = tokens.map(({ logprob, runnerUp }) => {
    return runnerUp === undefined ? unknownMargin : Math.min(unknownMargin, bounded(logprob) - bounded(runnerUp))
  })
  const sum = logprobs.reduce((total, logprob) => total + logprob, 0)
  const count = Math.max(1, tokens.length)
  const unsure = logprobs.filter((logprob) => logprob < -0.7).length
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return [
    Math.log1p(tokens.length),
    sum / count,
    logprobs.reduce((total, logprob) => total + Math.exp(logprob), 0) / count,
    at(0),
    sorted[1] ?? 0,
    at(0.1),
    at(0.25),
    at(0.5),
    logprobs[0] ?? 0,
    logprobs.at(-1) ?? 0,
    Math.max(-40, sum),
    unsure / count,
    Math.log1p(unsure),
    margins[0] ?? unknownMargin,
    margins.reduce((least, margin) => Math.min(least, margin), unknownMargin),
    margins.length === 0 ? unknownMargin : margins.reduce((total, margin) => total + margin, 0) / margins.length,
  ]
}

function bounded(logprob: number): number {
  return Math.max(floor, Math.min(0, Number.isNaN(logprob) ? floor : logprob))
}
