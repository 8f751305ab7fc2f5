import { EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import { type EdgewiseField, edgewiseField, usageField } from './answer-fields.ts'
import { legacyLogprobs, textFinishReason } from './completions-response.ts'
import { errorBody } from './error-body.ts'
import type { AnswerEncoder } from './http/answer-stream.ts'

export interface CompletionsStreamOptions {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  /** Text that comes before the answer. */
  readonly echo: string
  /** A chunk with the token counts comes before `[DONE]`. */
  readonly includeUsage: boolean
}

/** Turns one answer into the server-sent events of a streamed completion: texts, finish, usage if asked, `[DONE]`. */
export function createCompletionsStreamEncoder(options: CompletionsStreamOptions): AnswerEncoder {
  const { id, created, model, echo, includeUsage } = options
  const head = { id, object: 'text_completion', created, model }
  const noUsage = includeUsage ? { usage: null } : {}
  let offset = 0
  let hasEnded = false
  let isEchoed = echo === ''
  let place: EdgewiseField | undefined

  function chunk(text: string, logprobs: object | null, finish: string | null): string {
    const source = finish === null || place === undefined ? {} : { edgewise: place }
    const choices = [{ index: 0, text, logprobs, finish_reason: finish }]
    return `data: ${JSON.stringify({ ...head, choices, ...noUsage, ...source })}\n\n`
  }

  function begin(): string {
    if (isEchoed) return ''
    isEchoed = true
    return chunk(echo, null, null)
  }

  function text({ text: words, logprobs }: StreamPart & { type: 'text-delta' }): string {
    if (words === '' && logprobs === undefined) return ''
    const field = logprobs === undefined ? null : legacyLogprobs(logprobs, offset)
    for (const { token } of logprobs ?? []) offset += token.length
    return begin() + chunk(words, field, null)
  }

  return {
    push(part) {
      if (hasEnded) throw new EdgewiseError('internal', `a ${part.type} part came after the end of the answer`)
      switch (part.type) {
        case 'text-delta':
          return text(part)
        case 'tool-call-delta':
          return ''
        case 'placement':
          place = edgewiseField(part)
          return ''
        case 'finish': {
          hasEnded = true
          const last = begin() + chunk('', null, textFinishReason(part.reason))
          const counts = `data: ${JSON.stringify({ ...head, choices: [], usage: usageField(part.usage) })}\n\n`
          return `${last}${includeUsage ? counts : ''}data: [DONE]\n\n`
        }
        default:
          return part satisfies never
      }
    },
    error(error) {
      if (hasEnded) return ''
      hasEnded = true
      return `data: ${JSON.stringify(errorBody(error))}\n\n`
    },
  }
}
