import type { InferenceRequest } from '../spec/request.ts'
import { encodeSampling } from './chat-sampling.ts'
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
    ...encodeSampling(sampling),
    max_tokens: maxTokens,
    stop: stop.length > 0 ? stop : undefined,
    logprobs: topLogprobs,
  }
}
