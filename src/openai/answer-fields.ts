import type { FinishReason, StreamPart, TokenLogprob, Usage } from '../spec/stream-part.ts'

/** OpenAI's word for why an answer ended. */
export function finishReasonField(reason: FinishReason): 'stop' | 'length' | 'tool_calls' | 'content_filter' {
  if (reason === 'tool-calls') return 'tool_calls'
  return reason === 'content-filter' ? 'content_filter' : reason
}

export interface UsageField {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details?: { readonly cached_tokens: number }
  /** In the currency that stands beside it. OpenAI has no such fields; OpenRouter has `cost`. */
  readonly cost?: number
  readonly currency?: string
}

/** Token counts as OpenAI names them. */
export function usageField({ promptTokens, cachedTokens, completionTokens, cost }: Usage): UsageField {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
    ...(cost === undefined ? {} : { cost: cost.micros / 1_000_000, currency: cost.currency }),
  }
}

export interface LogprobField {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
  readonly top_logprobs: readonly Omit<LogprobField, 'top_logprobs'>[]
}

/** One token's log-probabilities as OpenAI names them. */
export function logprobField({ token, logprob, bytes, top }: TokenLogprob): LogprobField {
  return {
    token,
    logprob: finite(logprob),
    bytes,
    top_logprobs: top.map((other) => ({ token: other.token, logprob: finite(other.logprob), bytes: other.bytes })),
  }
}

/** OpenAI's own stand-in for a token that cannot come: JSON has no infinity. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : -9999
}

/** Where the answer came from: an addition of ours at the top level of an answer or its last chunk. */
export interface EdgewiseField {
  readonly placement: string
  readonly model: string
  readonly reason: string
}

/** The place that a `placement` part names. */
export function edgewiseField({ placement, model, reason }: StreamPart & { type: 'placement' }): EdgewiseField {
  return { placement, model, reason }
}
