import { EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import { type EdgewiseField, edgewiseField, finishReasonField, logprobField, usageField } from './answer-fields.ts'
import { errorBody } from './error-body.ts'

export interface ChatStreamOptions {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  /** A chunk with the token counts comes before `[DONE]`; every other chunk then says `usage: null`, as OpenAI's do. */
  readonly includeUsage: boolean
}

export interface ChatStreamEncoder {
  /** Text for the stream, possibly none: a `placement` shows up in the last chunk, and at once when the answer has begun. Throws `internal` after the end. */
  push(part: StreamPart): string
  /** The explicit end of a stream that failed: an error event and no `[DONE]`. Nothing when the stream has already ended. */
  error(error: EdgewiseError): string
}

/** Turns one answer into the server-sent events of `stream: true`: role, deltas, finish, usage if asked, `[DONE]`. */
export function createChatStreamEncoder(options: ChatStreamOptions): ChatStreamEncoder {
  const { id, created, model, includeUsage } = options
  // The hot path is string concatenation: everything but the delta is the same in every chunk.
  const head = `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1)}`
  const open = `${head},"choices":[{"index":0,"delta":`
  const noUsage = includeUsage ? ',"usage":null' : ''
  const plainEnd = `,"logprobs":null,"finish_reason":null}]${noUsage}}\n\n`
  let hasBegun = false
  let hasEnded = false
  let place: EdgewiseField | undefined

  function begin(): string {
    if (hasBegun) return ''
    hasBegun = true
    return `${open}{"role":"assistant","content":""}${plainEnd}`
  }

  function finish(part: StreamPart & { type: 'finish' }): string {
    hasEnded = true
    const source = place === undefined ? '' : `,"edgewise":${JSON.stringify(place)}`
    const reason = finishReasonField(part.reason)
    const last = `${open}{},"logprobs":null,"finish_reason":"${reason}"}]${noUsage}${source}}\n\n`
    const usage = includeUsage ? `${head},"choices":[],"usage":${JSON.stringify(usageField(part.usage))}}\n\n` : ''
    return `${begin()}${last}${usage}data: [DONE]\n\n`
  }

  return {
    push(part) {
      if (hasEnded) throw new EdgewiseError('internal', `a ${part.type} part came after the end of the answer`)
      switch (part.type) {
        case 'text-delta': {
          if (part.text === '' && part.logprobs === undefined) return ''
          const end =
            part.logprobs === undefined ? plainEnd : `${logprobsField(part)},"finish_reason":null}]${noUsage}}\n\n`
          return `${begin()}${open}{"content":${JSON.stringify(part.text)}}${end}`
        }
        case 'tool-call-delta':
          return `${begin()}${open}{"tool_calls":[${toolCallDelta(part)}]}${plainEnd}`
        case 'placement':
          place = edgewiseField(part)
          // The answer has begun elsewhere: said at once, so that a reader can tell which words came from where.
          return hasBegun ? `${open}{}${plainEnd.slice(0, -3)},"edgewise":${JSON.stringify(place)}}\n\n` : ''
        case 'finish':
          return finish(part)
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

function logprobsField({ logprobs = [] }: StreamPart & { type: 'text-delta' }): string {
  return `,"logprobs":${JSON.stringify({ content: logprobs.map(logprobField), refusal: null })}`
}

function toolCallDelta(part: StreamPart & { type: 'tool-call-delta' }): string {
  const isFirst = part.id !== undefined || part.name !== undefined
  return JSON.stringify({
    index: part.index,
    ...(part.id === undefined ? {} : { id: part.id }),
    ...(isFirst ? { type: 'function' } : {}),
    function: { ...(part.name === undefined ? {} : { name: part.name }), arguments: part.arguments },
  })
}
