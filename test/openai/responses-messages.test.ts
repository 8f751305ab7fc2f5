import { describe, expect, it } from 'vitest'
import type { ResponseItem } from '../../src/openai/responses-items.ts'
import { messagesOf } from '../../src/openai/responses-messages.ts'

const call = (id: string): ResponseItem => {
  return { id, type: 'function_call', call_id: id, name: 'f', arguments: '{}', status: 'completed' }
}
const calls = (count: number) => Array.from({ length: count }, (_, index) => call(`c${index}`))

describe('messages of items', () => {
  it('hold the calls that follow each other, and begin anew behind an output', () => {
    const output: ResponseItem = {
      id: 'o',
      type: 'function_call_output',
      call_id: 'c0',
      output: 'x',
      status: 'completed',
    }
    const messages = messagesOf([...calls(2), output, call('d')])
    expect(messages.map((message) => (message.role === 'assistant' ? message.toolCalls?.length : 'tool'))).toEqual([
      2,
      'tool',
      1,
    ])
  })

  // A copy of the list per call would take minutes here.
  it('hold as many calls as fit into a body', () => {
    const [message] = messagesOf(calls(120_000))
    expect(message).toMatchObject({ role: 'assistant', toolCalls: { length: 120_000 } })
  })
})
