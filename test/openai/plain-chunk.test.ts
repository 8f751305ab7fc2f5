import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPlainChunk } from '../../src/openai/plain-chunk.ts'
import { upstreamChunk } from '../../src/openai/upstream-chunk.ts'

const nothing = fc.constantFrom(null, undefined)
const anything = fc.oneof(nothing, fc.string(), fc.integer(), fc.constant([]), fc.constant({}))
const seldom = fc.oneof({ weight: 20, arbitrary: nothing }, { weight: 1, arbitrary: anything })

const delta = fc.record({
  content: fc.oneof({ weight: 9, arbitrary: fc.string() }, { weight: 1, arbitrary: anything }),
  role: anything,
  refusal: seldom,
  reasoning: seldom,
  reasoning_content: seldom,
  tool_calls: seldom,
})
const choice = fc.record({
  index: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: anything }),
  delta: fc.oneof({ weight: 9, arbitrary: delta }, { weight: 1, arbitrary: anything }),
  message: seldom,
  text: anything,
  finish_reason: seldom,
  logprobs: seldom,
})
const chunk = fc.record({
  id: fc.oneof(fc.string(), anything),
  choices: fc.oneof(
    { weight: 9, arbitrary: fc.array(choice, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.oneof(anything, fc.array(choice, { maxLength: 2 })) },
  ),
  usage: seldom,
  x_groq: seldom,
})

describe('a chunk of nothing but text', () => {
  it('is read as the schema reads it, and any other is left to the schema', () => {
    let plain = 0
    fc.assert(
      fc.property(chunk, (one) => {
        const read = readPlainChunk(one)
        if (read === undefined) return
        plain += 1
        const { id, choices, usage, x_groq } = upstreamChunk.parse(one)
        expect([id ?? '', usage ?? x_groq?.usage ?? undefined]).toEqual([read.id, undefined])
        const [only] = choices ?? []
        const { content, refusal, reasoning, reasoning_content, tool_calls } = only?.delta ?? {}
        expect(content).toBe(read.text)
        const rest = [
          refusal,
          reasoning,
          reasoning_content,
          tool_calls,
          only?.finish_reason,
          only?.logprobs,
          only?.message,
        ]
        expect(rest.filter((value) => value !== null && value !== undefined)).toEqual([])
      }),
      { numRuns: 2000, seed: 7 },
    )
    expect(plain).toBeGreaterThan(300)
  })

  it('is not one that ends the answer, calls a tool or counts tokens', () => {
    const text = { index: 0, delta: { content: 'Hello' } }
    expect(readPlainChunk({ id: 'a', choices: [text] })).toEqual({ id: 'a', text: 'Hello' })
    for (const other of [
      { choices: [{ ...text, finish_reason: 'stop' }] },
      { choices: [{ index: 0, delta: { content: 'Hello', tool_calls: [] } }] },
      { choices: [text], usage: { prompt_tokens: 1 } },
      { choices: [{ ...text, index: 1 }] },
      { choices: [text, text] },
    ]) {
      expect(readPlainChunk(other)).toBeUndefined()
    }
  })
})
