import { describe, expect, it } from 'vitest'
import type { StreamPart } from '../../src/spec/stream-part.ts'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { describedSchema, isDescribed } from '../openai/described-schemas.ts'
import { startScriptedEdge } from './scripted-edge.ts'

const path = '/v1/completions'
const capabilities = ['logprobs', 'continuation', 'completions'] as const
const scripted = {
  localScript: [scriptedAnswer(['wor', 'ld'])],
  aliases: { '*': 'auto' },
  localCapabilities: capabilities,
}
const hello = { model: 'auto', prompt: 'Hello, ' }

const token = (text: string) => ({ token: text, logprob: -0.5, bytes: [...new TextEncoder().encode(text)] })
const surely = (text: string): StreamPart => ({
  type: 'text-delta',
  text,
  logprobs: [{ ...token(text), top: [token(text), { ...token('x'), logprob: -3 }] }],
})

describe('completions at the edge', () => {
  it('pass a prompt on as it is, with the defaults of this endpoint', async () => {
    await using edge = await startScriptedEdge(scripted)
    const response = await edge.post({ ...hello, prompt: ['Hello, '] }, {}, path)
    const body = await response.json()
    expect(body).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: 'world', finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      edgewise: { placement: 'local' },
    })
    expect(edge.local.calls[0]?.request).toMatchObject({
      rawPrompt: true,
      maxTokens: 16,
      messages: [{ role: 'user', content: 'Hello, ' }],
    })
    if (isDescribed) expect(describedSchema('CreateCompletionResponse').safeParse(body).error).toBeUndefined()
  })

  it('repeat the prompt when asked to, in a stream as well', async () => {
    await using edge = await startScriptedEdge(scripted)
    const whole = await (await edge.post({ ...hello, echo: true }, {}, path)).json()
    expect(whole).toMatchObject({ choices: [{ text: 'Hello, world' }] })
    const asked = { ...hello, echo: true, stream: true, stream_options: { include_usage: true } }
    const text = await (await edge.post(asked, {}, path)).text()
    expect(text.trim().endsWith('data: [DONE]')).toBe(true)
    const chunks = text
      .trim()
      .split('\n\n')
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice(6)) as { choices: { text: string }[]; usage: unknown })
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe('Hello, world')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 3 } })
    expect(chunks.at(-2)).toMatchObject({ edgewise: { placement: 'local' }, choices: [{ finish_reason: 'stop' }] })
  })

  it('give log-probabilities in the older shape, in a stream as well', async () => {
    const localScript = [
      [
        surely('ab'),
        surely('c'),
        { type: 'finish', reason: 'length', usage: { promptTokens: 1, completionTokens: 2 } },
      ] as const,
    ]
    await using edge = await startScriptedEdge({ ...scripted, localScript })
    const body = await (await edge.post({ ...hello, logprobs: 2 }, {}, path)).json()
    expect(body).toMatchObject({
      choices: [
        {
          finish_reason: 'length',
          logprobs: {
            tokens: ['ab', 'c'],
            token_logprobs: [-0.5, -0.5],
            top_logprobs: [
              { ab: -0.5, x: -3 },
              { c: -0.5, x: -3 },
            ],
            text_offset: [0, 2],
          },
        },
      ],
    })
    expect(edge.local.calls[0]?.request.topLogprobs).toBe(2)
    const text = await (await edge.post({ ...hello, logprobs: 2, stream: true }, {}, path)).text()
    expect(text).toContain(
      '"tokens":["c"],"token_logprobs":[-0.5],"top_logprobs":[{"c":-0.5,"x":-3}],"text_offset":[2]',
    )
  })

  it('are refused by a model that only chats', async () => {
    await using edge = await startScriptedEdge({ ...scripted, localCapabilities: ['logprobs'] })
    const response = await edge.post(hello, {}, path)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'unsupported-field' } }])
  })
})

const bad: readonly (readonly [string, unknown, string, string])[] = [
  ['no prompt', { model: 'auto' }, 'invalid-request', 'prompt'],
  ['an empty prompt', { ...hello, prompt: '' }, 'invalid-request', 'prompt'],
  ['two prompts', { ...hello, prompt: ['a', 'b'] }, 'unsupported-field', 'prompt'],
  ['token ids', { ...hello, prompt: [1, 2] }, 'unsupported-field', 'prompt'],
  ['lists of token ids', { ...hello, prompt: [[1, 2]] }, 'unsupported-field', 'prompt'],
  ['a suffix', { ...hello, suffix: 'the end' }, 'unsupported-field', 'suffix'],
  ['two answers', { ...hello, n: 2 }, 'unsupported-field', 'n'],
  ['the best of two', { ...hello, best_of: 2 }, 'unsupported-field', 'best_of'],
  ['six alternatives', { ...hello, logprobs: 6 }, 'invalid-request', 'logprobs'],
  ['a scored prompt', { ...hello, echo: true, logprobs: 1 }, 'unsupported-field', 'echo'],
  ['no tokens', { ...hello, max_tokens: 0 }, 'invalid-request', 'max_tokens'],
]

describe('bad input to /v1/completions', () => {
  it.each(bad)('%s gets a clear error and reaches no model', async (_name, body, code, param) => {
    await using edge = await startScriptedEdge(scripted)
    const response = await edge.post(body, {}, path)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code, param } }])
    expect(edge.local.calls).toHaveLength(0)
    expect(edge.bugs).toEqual([])
  })
})
