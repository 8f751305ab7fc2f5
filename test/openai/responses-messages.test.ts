import { describe, expect, it } from 'vitest'
import type { ResponseItem } from '../../src/openai/responses-items.ts'
import { messagesOf } from '../../src/openai/responses-messages.ts'

const call = (id: string): ResponseItem => {
  return { id, type: 'function_call', call_id: id, name: 'f', arguments: '{}', status: 'completed' }
}
const calls = (count: number) => Array.from({ length: count }, (_, index) => call(`c${index}`))

function fastest(items: readonly ResponseItem[]): number {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now()
    messagesOf(items)
    return performance.now() - began
  })
  return Math.min(...times)
}

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

  it('take time in proportion to the calls', () => {
    const [few, many] = [calls(4000), calls(32_000)]
    messagesOf(few)
    expect(fastest(many) / fastest(few)).toBeLessThan(30)
  })
})
