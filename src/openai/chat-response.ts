import { EdgewiseError } from '../spec/errors.ts'
import type { ToolCall } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import {
  type EdgewiseField,
  edgewiseField,
  finishReasonField,
  type LogprobField,
  logprobField,
  type UsageField,
  usageField,
} from './answer-fields.ts'

export interface FinishedAnswer {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  /** Everything the model gave, up to and with its `finish`. */
  readonly parts: readonly StreamPart[]
}

export interface ChatCompletion {
  readonly id: string
  readonly object: 'chat.completion'
  readonly created: number
  readonly model: string
  readonly choices: readonly [
    {
      readonly index: 0
      readonly message: {
        readonly role: 'assistant'
        /** Null when the answer is tool calls only. */
        readonly content: string | null
        readonly refusal: null
        readonly tool_calls?: readonly object[]
      }
      readonly logprobs: { readonly content: readonly LogprobField[]; readonly refusal: null } | null
      readonly finish_reason: ReturnType<typeof finishReasonField>
    },
  ]
  readonly usage: UsageField
  readonly edgewise?: EdgewiseField
}

/** Body of an answer that is sent whole. Throws `internal` when the parts hold no `finish`: half an answer must not look whole. */
export function chatCompletion({ id, created, model, parts }: FinishedAnswer): ChatCompletion {
  const { text, calls, logprobs, place, finish } = collect(parts)
  if (finish === undefined) throw new EdgewiseError('internal', 'the answer ended without a finish part')
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          refusal: null,
          ...(calls.length > 0 ? { tool_calls: calls.map(toolCallField) } : {}),
        },
        logprobs: logprobs === undefined ? null : { content: logprobs, refusal: null },
        finish_reason: finishReasonField(finish.reason),
      },
    ],
    usage: usageField(finish.usage),
    ...(place === undefined ? {} : { edgewise: place }),
  }
}

interface Collected {
  text: string
  readonly calls: ToolCall[]
  logprobs: LogprobField[] | undefined
  place: EdgewiseField | undefined
  finish: Extract<StreamPart, { type: 'finish' }> | undefined
}

function collect(parts: readonly StreamPart[]): Collected {
  const answer: Collected = { text: '', calls: [], logprobs: undefined, place: undefined, finish: undefined }
  const byIndex = new Map<number, { id: string; name: string; arguments: string }>()
  for (const part of parts) {
    switch (part.type) {
      case 'text-delta':
        answer.text += part.text
        if (part.logprobs !== undefined) {
          answer.logprobs ??= []
          for (const token of part.logprobs) answer.logprobs.push(logprobField(token))
        }
        break
      case 'tool-call-delta': {
        const call = byIndex.get(part.index) ?? { id: `call_${part.index}`, name: '', arguments: '' }
        call.id = part.id ?? call.id
        call.name = part.name ?? call.name
        call.arguments += part.arguments
        byIndex.set(part.index, call)
        break
      }
      case 'placement':
        answer.place = edgewiseField(part)
        break
      case 'finish':
        answer.finish = part
        break
      default:
        part satisfies never
    }
  }
  for (const [, call] of [...byIndex].sort(([left], [right]) => left - right)) answer.calls.push(call)
  return answer
}

function toolCallField({ id, name, arguments: text }: ToolCall): object {
  return { id, type: 'function', function: { name, arguments: text } }
}
