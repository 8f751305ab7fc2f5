import type { RoutedExample } from './fit-router.ts'
import { type CurvePoint, routingCurve } from './routing-curve.ts'

/** What a router has to be held against, on the same rows. */
export interface Baseline {
  readonly name: 'random' | 'prompt length' | 'mean token probability' | 'oracle'
  readonly curve: readonly CurvePoint[]
}

/**
 * The lines to print beside a router: chance, the longest prompt first, the plain confidence of the tokens where all rows have them, and
 * the oracle, which knows the outcomes and passes on only what gains by it first.
 */
export function baselines(examples: readonly RoutedExample[]): readonly Baseline[] {
  const byLength = routingCurve(
    examples,
    examples.map(({ draft }) => -draft.prompt.length),
  )
  const hasTokens = examples.every(({ draft }) => draft.tokens !== undefined)
  const byTokens = routingCurve(
    examples,
    examples.map(({ draft }) => meanTokenProbability(draft.tokens ?? [])),
  )
  return [
    // Everything in one group of equal confidence: a straight line from edge to cloud.
    { name: 'random', curve: routingCurve(examples, new Array<number>(examples.length).fill(0)) },
    { name: 'prompt length', curve: byLength },
    ...(hasTokens ? [{ name: 'mean token probability', curve: byTokens } as const] : []),
    {
      name: 'oracle',
      curve: routingCurve(
        examples,
        examples.map(({ local, cloud }) => local - cloud),
      ),
    },
  ]
}

/** Mean probability of tokens, 0..1; an answer without a word is no sign of doubt. */
export function meanTokenProbability(tokens: readonly { readonly logprob: number }[]): number {
  if (tokens.length === 0) return 1
  return tokens.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0) / tokens.length
}
