import { describe, expect, it } from 'vitest'
import type { ToolCallChunk } from '../../src/openai/upstream-chunk.ts'
import { UpstreamToolCalls } from '../../src/openai/upstream-tool-calls.ts'

function indexesOf(chunks: readonly ToolCallChunk[]): readonly number[] {
  const calls = new UpstreamToolCalls()
  return chunks.map((chunk) => calls.push(chunk, 'a').index)
}

describe('the tool calls of an upstream', () => {
  it('are told apart by id, then by the latest call of an index, else are the last one', () => {
    expect(indexesOf([{ id: 'x', index: 0 }, { id: 'y', index: 0 }, { index: 0 }, { id: 'x' }, {}])).toEqual([
      0, 1, 1, 0, 1,
    ])
    expect(indexesOf([{ index: 7 }, { index: 3 }, { index: 7 }, { id: 'call_a_1' }, { id: '' }])).toEqual([
      0, 1, 0, 1, 1,
    ])
  })

  it.each([
    ['with an id each', (index: number) => ({ id: `c${index}` })],
    ['with an index each', (index: number) => ({ index })],
  ])('are 1024 at most, %s', (_name, chunkFor) => {
    const calls = new UpstreamToolCalls()
    for (let index = 0; index < 1024; index += 1) expect(calls.push(chunkFor(index), 'a').index).toBe(index)
    expect(calls.push(chunkFor(5), 'a').index).toBe(5)
    expect(() => calls.push(chunkFor(1024), 'a')).toThrow(
      expect.objectContaining({ code: 'upstream-failed', message: expect.stringContaining('1024 tool calls') }),
    )
    expect(calls.count).toBe(1024)
  })
})
