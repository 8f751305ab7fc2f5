import type { ContentPart, Message, ToolCall } from '../spec/request.ts'
import type { InputImage, InputText, ResponseItem } from './responses-items.ts'

/** Items of a conversation as messages of a request. Calls that follow each other, or a text of the model, belong to one message. */
export function messagesOf(items: readonly ResponseItem[]): readonly Message[] {
  const messages: Message[] = []
  /** Those of the last message, while calls can still join it. */
  let calls: ToolCall[] | undefined
  for (const item of items) {
    switch (item.type) {
      case 'message':
        messages.push(messageOf(item))
        calls = undefined
        break
      case 'function_call': {
        const call = { id: item.call_id, name: item.name, arguments: item.arguments }
        if (calls === undefined) {
          calls = []
          const last = messages.at(-1)
          if (last?.role === 'assistant') messages[messages.length - 1] = { ...last, toolCalls: calls }
          else messages.push({ role: 'assistant', content: '', toolCalls: calls })
        }
        calls.push(call)
        break
      }
      case 'function_call_output':
        messages.push({ role: 'tool', content: item.output, toolCallId: item.call_id })
        calls = undefined
        break
      default:
        item satisfies never
    }
  }
  return messages
}

function messageOf(item: Extract<ResponseItem, { type: 'message' }>): Message {
  if (item.role === 'assistant') return { role: 'assistant', content: item.content.map(({ text }) => text).join('\n') }
  if (item.role === 'user') return { role: 'user', content: contentOf(item.content) }
  const texts = item.content.map((part) => (part.type === 'input_text' ? part.text : ''))
  return { role: item.role, content: texts.join('\n') }
}

/** One string when it is all text: the parts of a message are lines of it, as in chat. */
function contentOf(parts: readonly (InputText | InputImage)[]): string | readonly ContentPart[] {
  const read = parts.map((part): ContentPart => {
    if (part.type === 'input_text') return { type: 'text', text: part.text }
    return { type: 'image', url: part.image_url, ...(part.detail === 'auto' ? {} : { detail: part.detail }) }
  })
  return read.every((part) => part.type === 'text') ? read.map((part) => part.text).join('\n') : read
}
