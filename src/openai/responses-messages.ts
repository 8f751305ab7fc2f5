import type { ContentPart, Message } from '../spec/request.ts'
import type { InputImage, InputText, ResponseItem } from './responses-items.ts'

/** Items of a conversation as messages of a request. Calls that follow each other, or a text of the model, belong to one message. */
export function messagesOf(items: readonly ResponseItem[]): readonly Message[] {
  const messages: Message[] = []
  for (const item of items) {
    switch (item.type) {
      case 'message':
        messages.push(messageOf(item))
        break
      case 'function_call': {
        const call = { id: item.call_id, name: item.name, arguments: item.arguments }
        const last = messages.at(-1)
        if (last?.role !== 'assistant') messages.push({ role: 'assistant', content: '', toolCalls: [call] })
        else messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] }
        break
      }
      case 'function_call_output':
        messages.push({ role: 'tool', content: item.output, toolCallId: item.call_id })
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
