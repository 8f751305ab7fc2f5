import { EdgewiseError } from '../spec/errors.ts'
import type { ContentPart, Message, ToolCall } from '../spec/request.ts'
import { unsupported } from './chat-fields.ts'
import type { WireContent, WireMessage } from './chat-schema.ts'
import { imageUrl } from './image-url.ts'

/** Messages of the wire as messages of a request. Half surrogate pairs become U+FFFD, as UTF-8 would have made them. */
export function readMessages(messages: readonly WireMessage[]): readonly Message[] {
  return messages.map((message, index) => readMessage(message, `messages.${index}`))
}

function readMessage(message: WireMessage, path: string): Message {
  switch (message.role) {
    case 'system':
    case 'developer': {
      const content = readText(message.content, `${path}.content`)
      return { role: message.role, content, ...named(message.name) }
    }
    case 'user':
      return { role: 'user', content: readParts(message.content, `${path}.content`), ...named(message.name) }
    case 'assistant':
      return readAssistant(message, path)
    case 'tool': {
      const content = readText(message.content, `${path}.content`)
      return { role: 'tool', content, toolCallId: message.tool_call_id }
    }
    case 'function':
      throw unsupported(`${path}.role`, 'the role function is not supported; send role tool with a tool_call_id')
    default:
      return message satisfies never
  }
}

type WireAssistant = Extract<WireMessage, { role: 'assistant' }>

function readAssistant(message: WireAssistant, path: string): Message {
  for (const field of ['function_call', 'audio'] as const) {
    if (message[field] !== undefined && message[field] !== null) {
      throw unsupported(`${path}.${field}`, `${field} in a message is not supported; use tool_calls and text`)
    }
  }
  const calls = message.tool_calls ?? []
  const written = message.content ?? message.refusal ?? undefined
  if (written === undefined && calls.length === 0) {
    const param = `${path}.content`
    throw new EdgewiseError('invalid-request', `${param} is missing, and the message has no tool_calls either`, {
      param,
    })
  }
  const content = written === undefined ? '' : readText(written, `${path}.content`)
  if (calls.length === 0) return { role: 'assistant', content, ...named(message.name) }
  return { role: 'assistant', content, toolCalls: readToolCalls(calls, path), ...named(message.name) }
}

function readToolCalls(calls: NonNullable<WireAssistant['tool_calls']>, path: string): readonly ToolCall[] {
  return calls.map((call, index) => {
    if (call.type === 'function') {
      return { id: call.id, name: call.function.name, arguments: call.function.arguments.toWellFormed() }
    }
    throw unsupported(`${path}.tool_calls.${index}.type`, 'custom tool calls are not supported; use function')
  })
}

function named(name: string | null | undefined): { readonly name?: string } {
  return name === null || name === undefined ? {} : { name: name.toWellFormed() }
}

function readText(content: WireContent, path: string): string {
  const parts = readParts(content, path)
  if (typeof parts === 'string') return parts
  const index = parts.findIndex((part) => part.type !== 'text')
  throw unsupported(`${path}.${index}`, 'only a user message may hold an image')
}

/** One string when it is all text: the parts of a message are lines of it, as vLLM and llama-server read them. */
function readParts(content: WireContent, path: string): string | readonly ContentPart[] {
  if (typeof content === 'string') return content.toWellFormed()
  const parts = content.map((part, index): ContentPart => {
    switch (part.type) {
      case 'text':
        return { type: 'text', text: part.text.toWellFormed() }
      case 'refusal':
        return { type: 'text', text: part.refusal.toWellFormed() }
      case 'image_url': {
        const { detail } = part.image_url
        const url = imageUrl(part.image_url.url, `${path}.${index}.image_url.url`)
        return { type: 'image', url, ...(detail === null || detail === undefined ? {} : { detail }) }
      }
      case 'input_audio':
      case 'file':
        throw unsupported(`${path}.${index}.type`, `content of type ${part.type} is not supported; send text`)
      default:
        return part satisfies never
    }
  })
  return parts.every((part) => part.type === 'text') ? parts.map((part) => part.text).join('\n') : parts
}
