import type { Message } from '../spec/request.ts'

/** What a router reads of a conversation: the text of the last user message; empty when there is none. */
export function promptText(messages: readonly Message[]): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? ''
  if (typeof content === 'string') return content
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}
