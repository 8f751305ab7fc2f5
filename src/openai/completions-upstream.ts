import type { InferenceRequest } from '../spec/request.ts'
import { rawPromptOf } from './completions-request.ts'

/** A request with a raw prompt as body of `/completions` of any OpenAI-compatible server. The answer so far simply follows the prompt. */
export function encodeUpstreamCompletion(
  request: InferenceRequest,
  { model, stream }: { readonly model: string; readonly stream: boolean },
): Record<string, unknown> {
  const { sampling, maxTokens, stop, topLogprobs, answerSoFar = '' } = request
  return {
    model,
    prompt: rawPromptOf(request) + answerSoFar,
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK > 0 ? sampling.topK : undefined,
    min_p: sampling.minP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    repetition_penalty: sampling.repetitionPenalty,
    logit_bias: sampling.logitBias,
    seed: sampling.seed,
    max_tokens: maxTokens,
    stop: stop.length > 0 ? stop : undefined,
    logprobs: topLogprobs,
  }
}
