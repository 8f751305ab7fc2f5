import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createUpstreamDecoder } from '../../src/openai/chat-upstream.ts'
import { parseSse } from '../../src/openai/sse.ts'
import { asEdgewiseError } from '../../src/spec/errors.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'

async function decode(fixture: string): Promise<readonly StreamPart[]> {
  const bytes = readFileSync(join(import.meta.dirname, 'fixtures', `${fixture}.sse`))
  const decoder = createUpstreamDecoder()
  const parts: StreamPart[] = []
  let sawDone = false
  async function* whole() {
    yield bytes
  }
  for await (const { data } of parseSse(whole(), { maxEventBytes: 100_000 })) {
    if (data === '[DONE]') sawDone = true
    else parts.push(...decoder.push(JSON.parse(data)))
  }
  return [...parts, decoder.end(sawDone)]
}

function textOf(parts: readonly StreamPart[]): string {
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

function callsOf(parts: readonly StreamPart[]) {
  const calls: { id: string | undefined; name: string | undefined; arguments: string }[] = []
  for (const part of parts) {
    if (part.type !== 'tool-call-delta') continue
    const call = calls[part.index]
    if (call === undefined) calls[part.index] = { id: part.id, name: part.name, arguments: part.arguments }
    else {
      expect([part.id, part.name]).toEqual([undefined, undefined])
      call.arguments += part.arguments
    }
  }
  return calls
}

const usage = { promptTokens: 9, completionTokens: 2 }

describe('the upstream decoder', () => {
  it.each([
    ['openai', 'stop'],
    ['azure-openai', 'stop'],
    ['vllm', 'stop'],
    ['groq', 'stop'],
    ['deepseek-reasoning', 'stop'],
    ['mistral-content-parts', 'stop'],
    ['openrouter-comments', 'stop'],
    ['llama-server', 'length'],
    ['empty-finish-reason', 'stop'],
    ['edgewise-hub', 'stop'],
  ])('reads the stream of %s', async (fixture, reason) => {
    const parts = await decode(fixture)
    expect(textOf(parts)).toBe('Hello')
    expect(parts.at(-1)).toEqual({ type: 'finish', reason, usage })
    expect(parts.filter((part) => part.type === 'placement')).toEqual([])
  })

  it.each(['no-finish-reason', 'no-done'])('counts the pieces itself in %s', async (fixture) => {
    const parts = await decode(fixture)
    expect(textOf(parts)).toBe('Hello')
    const completionTokens = fixture === 'no-done' ? 1 : 2
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop', usage: { promptTokens: 0, completionTokens } })
  })

  it('passes a refusal on as text', async () => {
    const parts = await decode('refusal')
    expect(textOf(parts)).toBe('I cannot')
    expect(parts.at(-1)).toMatchObject({ reason: 'content-filter' })
  })

  const oslo = '{"city":"Oslo"}'
  it.each([
    ['ollama-tool-call', [{ id: 'call_u2', name: 'weather', arguments: oslo }]],
    ['no-id-tool-call', [{ id: 'call_chatcmpl-x_0', name: 'weather', arguments: oslo }]],
    ['repeated-tool-call', [{ id: 'call_1', name: 'weather', arguments: oslo }]],
    [
      'gemini-tool-calls',
      [
        { id: 'function-call-1', name: 'weather', arguments: oslo },
        { id: 'function-call-2', name: 'weather', arguments: '{"city":"Rome"}' },
      ],
    ],
    [
      'openai-tool-calls',
      [
        { id: 'call_a', name: 'first', arguments: '{"x":1}' },
        { id: 'call_b', name: 'second', arguments: '{}' },
      ],
    ],
  ])('puts the tool calls of %s in order', async (fixture, calls) => {
    const parts = await decode(fixture)
    expect(callsOf(parts)).toEqual(calls)
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'tool-calls', usage })
  })

  it('reads log-probabilities, makes up missing bytes and leaves other choices alone', async () => {
    const eAcute = { token: 'é', logprob: -0.25, bytes: [195, 169] }
    expect(await decode('logprobs')).toEqual([
      { type: 'text-delta', text: 'é', logprobs: [{ ...eAcute, top: [eAcute] }] },
      { type: 'text-delta', text: '', logprobs: [{ token: '<eos>', logprob: -0.5, bytes: [], top: [] }] },
      { type: 'finish', reason: 'stop', usage },
    ])
  })

  it.each([
    ['error-openai', 'upstream-failed'],
    ['error-vllm-old', 'upstream-rejected'],
    ['error-openrouter', 'overloaded'],
    ['error-finish-reason', 'upstream-failed'],
    ['error-string', 'upstream-failed'],
    ['error-hub', 'engine-crashed'],
    ['error-aborted', 'stream-cut'],
    ['cut', 'stream-cut'],
    ['only-done', 'stream-cut'],
  ])('ends %s with %s and repeats no free text', async (fixture, code) => {
    const error = asEdgewiseError(await decode(fixture).catch((thrown: unknown) => thrown))
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('secret')
  })

  it('reads a whole answer as one chunk', () => {
    const decoder = createUpstreamDecoder()
    const message = { role: 'assistant', content: 'Hello' }
    const parts = decoder.push({ id: 'x', choices: [{ message }], usage: { prompt_tokens: 1 } })
    expect([...parts, decoder.end(true)]).toEqual([
      { type: 'text-delta', text: 'Hello' },
      { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 1 } },
    ])
  })

  it('tells how much of the prompt the server had cached', () => {
    const decoder = createUpstreamDecoder()
    const usage = { prompt_tokens: 9, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 7 } }
    decoder.push({ choices: [{ delta: { content: 'a' }, finish_reason: 'stop' }], usage })
    expect(decoder.end(true)).toMatchObject({ usage: { promptTokens: 9, cachedTokens: 7, completionTokens: 1 } })
  })

  it.each([-1, 2.5])('takes a usage of %d tokens for none', (completion_tokens) => {
    const decoder = createUpstreamDecoder()
    decoder.push({
      choices: [{ delta: { content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens },
    })
    expect(decoder.end(true)).toMatchObject({ usage: { promptTokens: 0, completionTokens: 1 } })
  })

  it.each([null, 7, 'text', [], { choices: 'no' }, { choices: [7] }])('refuses %j as no chunk', (chunk) => {
    expect(() => createUpstreamDecoder().push(chunk)).toThrow('no chunk of a chat completion')
  })

  it('has begun with the first word, be it reasoning, and not with the role', () => {
    const decoder = createUpstreamDecoder()
    decoder.push({ choices: [{ delta: { role: 'assistant', content: '' } }] })
    expect(decoder.hasBegun).toBe(false)
    decoder.push({ choices: [{ delta: { reasoning_content: 'hm' } }] })
    expect(decoder.hasBegun).toBe(true)
  })
})
