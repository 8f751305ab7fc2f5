import { EdgewiseError } from '../spec/errors.ts'
import type { StreamPart, TokenLogprob } from '../spec/stream-part.ts'
import { edgewiseField, finishReasonField, logprobField, usageField } from './answer-fields.ts'

export interface TextCompletionOptions {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  /** Text that comes before the answer. */
  readonly echo: string
  /** Everything the model gave, up to and with its `finish`. */
  readonly parts: readonly StreamPart[]
}

/** Body of a completion that is sent whole. Throws `internal` when the parts hold no `finish`. */
export function textCompletion({ id, created, model, echo, parts }: TextCompletionOptions): object {
  const deltas = parts.filter((part) => part.type === 'text-delta')
  const finish = parts.find((part) => part.type === 'finish')
  const place = parts.findLast((part) => part.type === 'placement')
  if (finish === undefined) throw new EdgewiseError('internal', 'the answer ended without a finish part')
  const tokens = deltas.some(({ logprobs }) => logprobs !== undefined)
    ? deltas.flatMap(({ logprobs = [] }) => logprobs)
    : undefined
  return {
    id,
    object: 'text_completion',
    created,
    model,
    choices: [
      {
        index: 0,
        text: echo + deltas.map(({ text }) => text).join(''),
        logprobs: tokens === undefined ? null : legacyLogprobs(tokens, 0),
        finish_reason: textFinishReason(finish.reason),
      },
    ],
    usage: usageField(finish.usage),
    ...(place === undefined ? {} : { edgewise: edgewiseField(place) }),
  }
}

/** This endpoint knows no tool calls. */
export function textFinishReason(reason: Extract<StreamPart, { type: 'finish' }>['reason']): string {
  return reason === 'tool-calls' ? 'stop' : finishReasonField(reason)
}

/** Log-probabilities in the older shape: four lists of equal length. `offset` is where the first token begins, in characters of the answer. */
export function legacyLogprobs(tokens: readonly TokenLogprob[], offset: number): object {
  const fields = tokens.map(logprobField)
  let at = offset
  const offsets = fields.map(({ token }) => {
    const start = at
    at += token.length
    return start
  })
  return {
    tokens: fields.map(({ token }) => token),
    token_logprobs: fields.map(({ logprob }) => logprob),
    top_logprobs: fields.map(({ top_logprobs: top }) =>
      Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: offsets,
  }
}
