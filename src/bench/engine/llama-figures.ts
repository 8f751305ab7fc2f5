import type { Figure } from '../bench.ts'
import { median } from '../statistics.ts'
import type { Scenario } from './measure-model.ts'
import type { TimedAnswer } from './runner.ts'

/** One kind of answer, as both gave it, round by round. */
export interface LlamaRuns extends Scenario {
  readonly edgewise: readonly TimedAnswer[]
  readonly bare: readonly TimedAnswer[]
}

/** Rows on one prompt: paces, their spread over the rounds, and our share of the bare library's, which has the goal. */
export function llamaFigures({ prompt, tokens, edgewise, bare }: LlamaRuns, size: string): readonly Figure[] {
  const label = `${size} GGUF after ${prompt.ids.length} tokens`
  const decode = (answers: readonly TimedAnswer[]) => answers.map(({ decodeMs }) => (1000 * (tokens - 1)) / decodeMs)
  const prefill = (answers: readonly TimedAnswer[]) =>
    answers.map(({ firstTokenMs }) => (1000 * prompt.ids.length) / firstTokenMs)
  return [
    ...paces('decode', label, decode(edgewise), decode(bare)),
    {
      name: `decode edgewise / bare, ${label}`,
      value: ratio(decode(edgewise), decode(bare)),
      unit: 'ratio',
      goal: '>= 0.95',
    },
    ...paces('prefill', label, prefill(edgewise), prefill(bare)),
    {
      name: `prefill edgewise / bare, ${label}`,
      value: ratio(prefill(edgewise), prefill(bare)),
      unit: 'ratio',
      goal: '>= 0.95',
    },
  ]
}

function paces(kind: string, label: string, edgewise: readonly number[], bare: readonly number[]): readonly Figure[] {
  return [
    { name: `${kind} edgewise, ${label}`, value: median(edgewise), unit: 'tokens/s' },
    { name: `${kind} bare node-llama-cpp, ${label}`, value: median(bare), unit: 'tokens/s' },
    { name: `spread of ${kind} edgewise, ${label}`, value: spread(edgewise), unit: 'of median' },
    { name: `spread of ${kind} bare, ${label}`, value: spread(bare), unit: 'of median' },
  ]
}

function ratio(edgewise: readonly number[], bare: readonly number[]): number {
  return median(edgewise) / median(bare)
}

function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}
