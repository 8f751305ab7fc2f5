import { EdgewiseError } from '../../spec/errors.ts'
import type { Sampling } from '../../spec/request.ts'

/** What one request changes about the model's logits before a token is drawn from them. */
export interface LogitAdjustments {
  /** The changed row; the given one stays as it is. It is overwritten by the next call, whoever makes it. */
  adjust(logits: Float32Array): Float32Array
  /** Notes one more token of the answer. */
  take(id: number): void
}

export interface LogitAdjustmentsOptions {
  readonly sampling: Sampling
  readonly prompt: readonly number[]
  /** Tokens of this same answer that another model already gave. */
  readonly answerSoFar: () => readonly number[]
}

/** One row for all, as for `softmaxWeights`. */
let row = new Float32Array(0)

/**
 * The adjustments that a request asks for, undefined when it asks for none; in the order of vLLM's sampler:
 * - `logitBias`: added to the logits (OpenAI's API reference, `logit_bias`);
 * - `repetitionPenalty` p: a logit over 0 is divided by p, another multiplied, once for each token of prompt and answer (Keskar et al. 2019,
 *   arXiv:1909.05858, section 4.1, as in Hugging Face's `RepetitionPenaltyLogitsProcessor`);
 * - `frequencyPenalty` f, `presencePenalty` r: `logit - count * f - (count > 0) * r`, count being that of the token in the answer (OpenAI's guide, "Frequency and
 *   presence penalties"). The answer includes what another model already gave of it, in the words of this one's tokenizer.
 */
export function createLogitAdjustments(options: LogitAdjustmentsOptions): LogitAdjustments | undefined {
  const { sampling, prompt, answerSoFar } = options
  const { presencePenalty = 0, frequencyPenalty = 0, repetitionPenalty = 1, logitBias = {} } = sampling
  const biases = Object.entries(logitBias).map(([id, bias]) => [Number(id), bias] as const)
  const counts = presencePenalty !== 0 || frequencyPenalty !== 0
  const repeats = repetitionPenalty !== 1
  if (!counts && !repeats && biases.length === 0) return undefined

  const seen = new Set(repeats ? prompt : [])
  const countOf = new Map<number, number>()
  const take = (id: number) => {
    if (repeats) seen.add(id)
    if (counts) countOf.set(id, (countOf.get(id) ?? 0) + 1)
  }
  if (counts) for (const id of answerSoFar()) take(id)

  return {
    take,
    adjust(logits) {
      if (row.length < logits.length) row = new Float32Array(logits.length)
      const adjusted = row.subarray(0, logits.length)
      adjusted.set(logits)
      for (const [id, bias] of biases) adjusted[id] = (adjusted[id] ?? 0) + bias
      for (const id of seen) {
        const logit = adjusted[id] ?? 0
        adjusted[id] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty
      }
      for (const [id, count] of countOf) {
        adjusted[id] = (adjusted[id] ?? 0) - count * frequencyPenalty - presencePenalty
      }
      return adjusted
    },
  }
}

/** Throws `invalid-request` for a `logitBias` whose ids the model does not have, with the first of them. */
export function requireKnownTokens({ logitBias = {} }: Sampling, vocabulary: number, model: string): void {
  const wrong = Object.keys(logitBias).find((id) => !(Number(id) < vocabulary))
  if (wrong === undefined) return
  const text = `logit_bias names token ${wrong}, but the tokens of ${model} are 0 to ${vocabulary - 1}`
  throw new EdgewiseError('invalid-request', text, { param: 'logit_bias' })
}
