import type { UsageField } from '../../openai/answer-fields.ts'
import { sseData } from '../../openai/sse.ts'

/** What the mock says. Each piece becomes one chunk of a stream. */
export interface MockAnswer {
  readonly pieces: readonly string[]
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[]
  readonly finishReason?: 'stop' | 'length' | 'tool_calls' | 'content_filter'
  /** Log-probability of every piece when the request asks for them; 0 is certainty. */
  readonly logprob?: number
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number }
}

/** One answer made ready to be sent again and again: encoding it each time would measure the mock. */
export interface RenderedAnswer {
  /** Events of the stream up to the finish reason: role, one per piece, tool calls, finish. */
  readonly events: readonly Uint8Array[]
  readonly usageEvent: Uint8Array
  readonly done: Uint8Array
  readonly json: Uint8Array
}

const common = { id: 'chatcmpl-mock', created: 1_750_000_000 }

/** All forms of an answer. With `topLogprobs` log-probabilities, so many per piece; with undefined none. */
export function renderAnswer(answer: MockAnswer, model: string, topLogprobs: number | undefined): RenderedAnswer {
  const chunk = { ...common, object: 'chat.completion.chunk', model }
  const delta = (value: object, logprobs: object | null = null, finish: string | null = null) =>
    encode(
      sseData(JSON.stringify({ ...chunk, choices: [{ index: 0, delta: value, logprobs, finish_reason: finish }] })),
    )
  const logprobsOf = (piece: string) =>
    topLogprobs !== undefined ? { content: [logprobField(piece, answer, topLogprobs)], refusal: null } : null
  const usage = usageOf(answer)
  return {
    events: [
      delta({ role: 'assistant', content: '' }),
      ...answer.pieces.map((piece) => delta({ content: piece }, logprobsOf(piece))),
      ...toolCallsOf(answer).map((call, index) => delta({ tool_calls: [{ index, ...call }] })),
      delta({}, null, finishOf(answer)),
    ],
    usageEvent: encode(sseData(JSON.stringify({ ...chunk, choices: [], usage }))),
    done: encode(sseData('[DONE]')),
    json: encode(JSON.stringify(wholeAnswer(answer, model, topLogprobs))),
  }
}

function wholeAnswer(answer: MockAnswer, model: string, topLogprobs: number | undefined): object {
  const toolCalls = toolCallsOf(answer)
  const content = answer.pieces.length === 0 && toolCalls.length > 0 ? null : answer.pieces.join('')
  const message = {
    role: 'assistant',
    content,
    refusal: null,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  }
  const logprobs =
    topLogprobs !== undefined
      ? { content: answer.pieces.map((piece) => logprobField(piece, answer, topLogprobs)), refusal: null }
      : null
  const choices = [{ index: 0, message, logprobs, finish_reason: finishOf(answer) }]
  return { ...common, object: 'chat.completion', model, choices, usage: usageOf(answer) }
}

function toolCallsOf({ toolCalls = [] }: MockAnswer): readonly object[] {
  return toolCalls.map(({ id, name, arguments: text }) => ({
    id,
    type: 'function',
    function: { name, arguments: text },
  }))
}

function finishOf({ finishReason, toolCalls }: MockAnswer): string {
  return finishReason ?? (toolCalls === undefined ? 'stop' : 'tool_calls')
}

function usageOf({ usage, pieces }: MockAnswer): UsageField {
  const { promptTokens, completionTokens } = usage ?? { promptTokens: 1, completionTokens: pieces.length }
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}

function logprobField(token: string, { logprob = -0.1 }: MockAnswer, count: number): object {
  const entry = (text: string, value: number) => ({ token: text, logprob: value, bytes: [...encode(text)] })
  const top = Array.from({ length: count }, (_, place) => entry(place === 0 ? token : `other${place}`, logprob - place))
  return { ...entry(token, logprob), top_logprobs: top }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
