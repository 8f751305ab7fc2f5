import { describe, expect, it } from 'vitest'
import { promptTokens } from '../../../src/hub/money/prompt-tokens.ts'
import type { InferenceRequest, Message } from '../../../src/spec/request.ts'

function request(messages: readonly Message[], changes: Partial<InferenceRequest> = {}): InferenceRequest {
  return { id: 'r', model: 'm', messages, sampling: { temperature: 0, topP: 1, topK: 0 }, stop: [], ...changes }
}

describe('the tokens of a prompt', () => {
  it('are at most its bytes, whatever the script', () => {
    for (const text of ['plain words', '漢字かな交じり文', '😀😀😀', '\u0000\u0001', 'a'.repeat(5000)]) {
      const { most, likely } = promptTokens(request([{ role: 'user', content: text }]))
      expect(most).toBeGreaterThanOrEqual(Buffer.byteLength(text) + 8)
      expect(likely).toBeLessThan(most)
    }
  })

  it('count an image as one, not by the bytes of its address', () => {
    const url = `data:image/png;base64,${'A'.repeat(1_000_000)}`
    const content = [
      { type: 'text', text: 'What is it?' },
      { type: 'image', url },
    ] as const
    const { most, likely } = promptTokens(request([{ role: 'user', content }]))
    expect(most).toBeGreaterThan(4096)
    expect(most).toBeLessThan(5000)
    expect(likely).toBeLessThan(1200)
  })

  it('count what only looks like an image in tools and schemas as the text that it is', () => {
    const long = 'x'.repeat(100_000)
    const parameters = { type: 'image', url: 'x', description: long, properties: { a: { type: 'image', url: long } } }
    const bare = promptTokens(request([]))
    for (const changes of [
      { tools: [{ name: 'f', parameters }] },
      { responseFormat: { type: 'json_schema', name: 'n', schema: parameters } as const },
    ]) {
      const { most, likely } = promptTokens(request([], changes))
      expect(most).toBeGreaterThan(bare.most + 200_000)
      expect(likely).toBeGreaterThan(bare.likely + 50_000)
    }
  })

  it('include tools, the schema of the answer, and the answer so far', () => {
    const bare = promptTokens(request([])).most
    const long = 'x'.repeat(1000)
    const tools = [{ name: 'f', description: long }]
    expect(promptTokens(request([], { tools })).most).toBeGreaterThan(bare + 1500)
    const responseFormat = { type: 'json_schema', name: 'n', schema: { description: long } } as const
    expect(promptTokens(request([], { responseFormat })).most).toBeGreaterThan(bare + 1000)
    expect(promptTokens(request([], { answerSoFar: long })).most).toBeGreaterThan(bare + 1000)
  })
})
