import type { InferenceRequest } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'

/** What the reader already has of an answer, for whoever goes on with it: limit and usage are of the whole answer, not of its last piece. */
export class GivenAnswer {
  #text = ''
  /** A piece without log-probabilities counts as one token, as it does where a server reports no usage. */
  #tokens = 0

  get text(): string {
    return this.#text
  }

  /** Takes note of a part that the reader got. */
  take(part: StreamPart): void {
    if (part.type !== 'text-delta') return
    this.#text += part.text
    this.#tokens += part.logprobs?.length ?? 1
  }

  /** The request for the rest of the answer; `text` is what was given, as the next model may see it. */
  restOf(request: InferenceRequest, text = this.#text): InferenceRequest {
    const { maxTokens, answerSoFar = '' } = request
    return {
      ...request,
      ...(text === '' ? {} : { answerSoFar: answerSoFar + text }),
      ...(maxTokens === undefined ? {} : { maxTokens: Math.max(0, maxTokens - this.#tokens) }),
    }
  }

  /** The rest of the answer, with usage of the whole. A rest without room for a token is over before it begins. */
  async *followedBy(rest: InferenceRequest, generate: () => AsyncIterable<StreamPart>): AsyncGenerator<StreamPart> {
    if (rest.maxTokens === 0) {
      yield { type: 'finish', reason: 'length', usage: { promptTokens: 0, completionTokens: this.#tokens } }
      return
    }
    for await (const part of generate()) yield part.type === 'finish' ? this.#whole(part) : part
  }

  /** What was given was read as prompt, but is answer. */
  #whole(finish: StreamPart & { type: 'finish' }): StreamPart {
    const { promptTokens, completionTokens } = finish.usage
    const usage = {
      promptTokens: Math.max(0, promptTokens - this.#tokens),
      completionTokens: completionTokens + this.#tokens,
    }
    return { ...finish, usage }
  }
}
