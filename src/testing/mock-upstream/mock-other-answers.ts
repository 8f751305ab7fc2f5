import { sseData } from '../../openai/sse.ts'
import type { MockAnswer, RenderedAnswer } from './mock-answer.ts'

const common = { id: 'cmpl-mock', object: 'text_completion', created: 1_750_000_000 }

/** All forms of an answer to `/v1/completions`: its pieces as texts. */
export function renderCompletion(answer: MockAnswer, model: string, wantsLogprobs: boolean): RenderedAnswer {
  const { pieces, finishReason = 'stop', logprob = -0.1, usage } = answer
  const { promptTokens, completionTokens } = usage ?? { promptTokens: 1, completionTokens: pieces.length }
  const counts = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
  const logprobsOf = (tokens: readonly string[]) =>
    wantsLogprobs
      ? {
          tokens,
          token_logprobs: tokens.map(() => logprob),
          top_logprobs: tokens.map((token) => ({ [token]: logprob, other: logprob - 1 })),
        }
      : null
  const choice = (tokens: readonly string[], finish: string | null) => ({
    index: 0,
    text: tokens.join(''),
    logprobs: tokens.length === 0 ? null : logprobsOf(tokens),
    finish_reason: finish,
  })
  const event = (value: object) => encode(sseData(JSON.stringify({ ...common, model, ...value })))
  return {
    events: [
      ...pieces.map((piece) => event({ choices: [choice([piece], null)] })),
      event({ choices: [choice([], finishReason)] }),
    ],
    usageEvent: event({ choices: [], usage: counts }),
    done: encode(sseData('[DONE]')),
    json: encode(JSON.stringify({ ...common, model, choices: [choice(pieces, finishReason)], usage: counts })),
  }
}

/** The answer to `/v1/embeddings`: for each text a vector of three numbers that tells it from others, one token a word. */
export function renderEmbeddings(body: object, model: string): RenderedAnswer {
  const input = 'input' in body ? body.input : []
  const texts = (Array.isArray(input) ? input : [input]).map(String)
  const tokens = texts.reduce((sum, text) => sum + text.split(' ').length, 0)
  const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: mockVector(text) }))
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  const nothing = new Uint8Array()
  return {
    events: [],
    usageEvent: nothing,
    done: nothing,
    json: encode(JSON.stringify({ object: 'list', data, model, usage })),
  }
}

/** The vector that the mock has for a text. */
export function mockVector(text: string): readonly number[] {
  return [text.length / 128, (text.codePointAt(0) ?? 0) / 1024, 0.5]
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
