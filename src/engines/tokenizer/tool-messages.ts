import type { Message, Tool } from '../../spec/request.ts'
import { toolCallEnd, toolCallStart, toolCallText } from './tool-call-text.ts'

/** A message, and the place in the request that it comes from. */
export interface PlacedMessage {
  readonly message: Message
  readonly from: number
}

export interface PlainToolsOptions {
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  /** False for a model whose template knows no system message: the first user message says it then. */
  readonly hasSystem: boolean
}

/** Messages in which tools, calls and their results are plain text, for a model whose template knows nothing of them. */
export function withPlainTools({ messages, tools, hasSystem }: PlainToolsOptions): readonly PlacedMessage[] {
  const plain: PlacedMessage[] = []
  for (const [from, message] of messages.entries()) {
    const before = plain.at(-1)
    if (message.role === 'tool') {
      const result = `<tool_response>\n${message.content}\n</tool_response>`
      // Results of calls at the same time stand in one message: templates want the roles to alternate.
      if (before !== undefined && messages[before.from]?.role === 'tool') {
        plain[plain.length - 1] = {
          from: before.from,
          message: { role: 'user', content: `${textOf(before.message)}\n${result}` },
        }
      } else plain.push({ from, message: { role: 'user', content: result } })
    } else if (message.role === 'assistant' && message.toolCalls !== undefined) {
      const calls = message.toolCalls.map((call) => toolCallText(call.name, call.arguments))
      const content = [...(message.content === '' ? [] : [message.content]), ...calls].join('\n')
      plain.push({ from, message: { role: 'assistant', content } })
    } else plain.push({ from, message })
  }
  return tools.length === 0 ? plain : withInstruction(plain, { instruction: instructionFor(tools), hasSystem })
}

function withInstruction(
  messages: readonly PlacedMessage[],
  { instruction, hasSystem }: { readonly instruction: string; readonly hasSystem: boolean },
): readonly PlacedMessage[] {
  const [first, ...rest] = messages
  const role = first?.message.role
  if (first !== undefined && (role === 'system' || role === 'developer')) {
    return [{ from: first.from, message: { role, content: `${textOf(first.message)}\n\n${instruction}` } }, ...rest]
  }
  if (hasSystem) return [{ from: 0, message: { role: 'system', content: instruction } }, ...messages]
  const place = messages.findIndex(({ message }) => message.role === 'user')
  return messages.map(({ message, from }, index) => {
    if (index !== place || message.role !== 'user') return { message, from }
    const { content } = message
    const said = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content
    return { from, message: { ...message, content: [{ type: 'text', text: `${instruction}\n\n` }, ...said] } }
  })
}

function instructionFor(tools: readonly Tool[]): string {
  return [
    'You may call these tools:',
    '<tools>',
    ...tools.map(({ name, description, parameters }) => JSON.stringify({ name, description, parameters })),
    '</tools>',
    'To call one, write nothing but its name and its arguments as JSON, like this:',
    `${toolCallStart}\n{"name": "tool", "arguments": {"key": "value"}}\n${toolCallEnd}`,
    'What a tool answers comes back between <tool_response> and </tool_response>.',
  ].join('\n')
}

function textOf({ content }: Message): string {
  return typeof content === 'string' ? content : ''
}
