import type { TokenLogprob } from '../../spec/stream-part.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { mostProbable } from './most-probable.ts'

export interface TokenLogprobOptions {
  /** The row that the token was drawn from, as the model gave it. */
  readonly logits: Float32Array
  readonly id: number
  /** Number of alternatives to report, the drawn token among them when it is one of the most probable. */
  readonly alternatives: number
  readonly tokenizer: Pick<Tokenizer, 'bytesOf'>
}

/** Natural logarithm of the softmax at temperature 1, whatever the sampling was. */
export function tokenLogprob({ logits, id, alternatives, tokenizer }: TokenLogprobOptions): TokenLogprob {
  const normaliser = logSumExp(logits)
  const entry = (token: number) => {
    const bytes = tokenizer.bytesOf(token)
    return { token: new TextDecoder().decode(bytes), logprob: (logits[token] ?? 0) - normaliser, bytes: [...bytes] }
  }
  const top = alternatives === 0 ? [] : Array.from(mostProbable(logits, alternatives), entry)
  return { ...entry(id), top }
}

function logSumExp(logits: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0
    if (logit > highest) highest = logit
  }
  let total = 0
  for (let id = 0; id < logits.length; id++) {
    const exponent = (logits[id] ?? 0) - highest
    // Smaller ones do not change a sum of at least 1.
    if (exponent > -50) total += Math.exp(exponent)
  }
  return highest + Math.log(total)
}
