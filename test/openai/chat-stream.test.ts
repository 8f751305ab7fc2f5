import { describe, expect, it } from 'vitest'
import { usageField } from '../../src/openai/answer-fields.ts'
import { chatCompletion } from '../../src/openai/chat-response.ts'
import { createChatStreamEncoder } from '../../src/openai/chat-stream.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'

const usage = { promptTokens: 3, completionTokens: 2 }
const finish: StreamPart = { type: 'finish', reason: 'stop', usage }
const answer = { id: 'chatcmpl-1', created: 1_750_000_000, model: 'auto' }

function streamOf(parts: readonly StreamPart[], includeUsage = false): string {
  const encoder = createChatStreamEncoder({ ...answer, includeUsage })
  return parts.map((part) => encoder.push(part)).join('')
}

function chunksOf(stream: string) {
  const lines = stream.split('\n\n').filter((line) => line !== '')
  return lines.map((line) => (line === 'data: [DONE]' ? line : JSON.parse(line.slice('data: '.length))))
}

describe('a chat stream', () => {
  it('has the role first, then deltas, the finish reason and [DONE]', () => {
    const text: StreamPart[] = [
      { type: 'text-delta', text: 'He said "é\n' },
      { type: 'text-delta', text: '😀' },
      finish,
    ]
    const common = { ...answer, object: 'chat.completion.chunk' }
    const choice = { index: 0, logprobs: null, finish_reason: null }
    expect(chunksOf(streamOf(text))).toEqual([
      { ...common, choices: [{ ...choice, delta: { role: 'assistant', content: '' } }] },
      { ...common, choices: [{ ...choice, delta: { content: 'He said "é\n' } }] },
      { ...common, choices: [{ ...choice, delta: { content: '😀' } }] },
      { ...common, choices: [{ ...choice, delta: {}, finish_reason: 'stop' }] },
      'data: [DONE]',
    ])
  })

  it('says in the usage how many prompt tokens were not read anew', () => {
    const cached = { ...usage, cachedTokens: 2 }
    expect(usageField(cached)).toEqual({ ...usageField(usage), prompt_tokens_details: { cached_tokens: 2 } })
  })

  it('gives the usage in a chunk of its own when asked, and null before', () => {
    const chunks = chunksOf(streamOf([{ type: 'text-delta', text: 'a' }, finish], true))
    expect(chunks.slice(0, 3).map((chunk) => chunk.usage)).toEqual([null, null, null])
    expect(chunks[3]).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    })
    expect(chunks[4]).toBe('data: [DONE]')
  })

  it('names a new place at once and the last one in its last chunk, and keeps the model that was asked for', () => {
    const stream = streamOf([
      { type: 'placement', placement: 'cloud', model: 'big', reason: 'prefer-cloud' },
      { type: 'text-delta', text: 'a' },
      { type: 'placement', placement: 'local', model: 'small', reason: 'stream-cut' },
      { type: 'text-delta', text: 'b' },
      finish,
    ])
    const chunks = chunksOf(stream)
    expect(chunks.map((chunk) => chunk.edgewise)).toEqual([
      undefined,
      undefined,
      { placement: 'local', model: 'small', reason: 'stream-cut' },
      undefined,
      { placement: 'local', model: 'small', reason: 'stream-cut' },
      undefined,
    ])
    expect(chunks.slice(0, 4).map((chunk) => chunk.model)).toEqual(['auto', 'auto', 'auto', 'auto'])
  })

  it('says nothing at all until the model does', () => {
    const encoder = createChatStreamEncoder({ ...answer, includeUsage: false })
    expect(encoder.push({ type: 'placement', placement: 'cascade', model: 'a', reason: 'b' })).toBe('')
    expect(encoder.push({ type: 'text-delta', text: '' })).toBe('')
  })

  it('ends a failed answer with an error event and without [DONE]', () => {
    const encoder = createChatStreamEncoder({ ...answer, includeUsage: true })
    encoder.push({ type: 'text-delta', text: 'half' })
    const end = encoder.error(new EdgewiseError('stream-cut', 'the answer broke off'))
    expect(end).toBe(
      'data: {"error":{"message":"the answer broke off","type":"server_error","code":"stream-cut","param":null}}\n\n',
    )
    expect(() => encoder.push(finish)).toThrow(EdgewiseError)
  })

  it('has only one end', () => {
    const encoder = createChatStreamEncoder({ ...answer, includeUsage: false })
    encoder.push(finish)
    expect(encoder.error(new EdgewiseError('stream-cut', 'late'))).toBe('')
    expect(() => encoder.push(finish)).toThrow('after the end')
  })

  it('spreads tool calls over deltas that name the call once', () => {
    const stream = streamOf([
      { type: 'tool-call-delta', index: 0, id: 'call_1', name: 'weather', arguments: '' },
      { type: 'tool-call-delta', index: 0, arguments: '{"city"' },
      { type: 'finish', reason: 'tool-calls', usage },
    ])
    const chunks = chunksOf(stream)
    expect(chunks[1].choices[0].delta).toEqual({
      tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }],
    })
    expect(chunks[2].choices[0].delta).toEqual({ tool_calls: [{ index: 0, function: { arguments: '{"city"' } }] })
    expect(chunks[3].choices[0].finish_reason).toBe('tool_calls')
  })
})

const token = { token: 'a', logprob: -0.5, bytes: [97] }
const logprobs = [{ ...token, top: [token, { token: 'b', logprob: Number.NEGATIVE_INFINITY, bytes: [98] }] }]
const logprobsField = {
  content: [{ ...token, top_logprobs: [token, { token: 'b', logprob: -9999, bytes: [98] }] }],
  refusal: null,
}

describe('log-probabilities', () => {
  it('have the same shape in a stream and in a whole answer, and never an infinity', () => {
    const parts: StreamPart[] = [{ type: 'text-delta', text: 'a', logprobs }, finish]
    expect(chunksOf(streamOf(parts))[1].choices[0].logprobs).toEqual(logprobsField)
    expect(chatCompletion({ ...answer, parts }).choices[0].logprobs).toEqual(logprobsField)
  })
})

describe('a whole answer', () => {
  it('joins the text, keeps the last place and counts the tokens', () => {
    const parts: StreamPart[] = [
      { type: 'placement', placement: 'cloud', model: 'big', reason: 'prefer-cloud' },
      { type: 'text-delta', text: 'one ' },
      { type: 'placement', placement: 'local', model: 'small', reason: 'link-down' },
      { type: 'text-delta', text: 'two' },
      { type: 'finish', reason: 'length', usage },
    ]
    expect(chatCompletion({ ...answer, parts })).toEqual({
      ...answer,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'one two', refusal: null },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      edgewise: { placement: 'local', model: 'small', reason: 'link-down' },
    })
  })

  it('puts interleaved tool calls together in their order, with null content', () => {
    const parts: StreamPart[] = [
      { type: 'tool-call-delta', index: 1, id: 'call_b', name: 'second', arguments: '{' },
      { type: 'tool-call-delta', index: 0, id: 'call_a', name: 'first', arguments: '{"x":' },
      { type: 'tool-call-delta', index: 1, arguments: '}' },
      { type: 'tool-call-delta', index: 0, arguments: '1}' },
      { type: 'finish', reason: 'tool-calls', usage },
    ]
    expect(chatCompletion({ ...answer, parts }).choices[0].message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'call_a', type: 'function', function: { name: 'first', arguments: '{"x":1}' } },
        { id: 'call_b', type: 'function', function: { name: 'second', arguments: '{}' } },
      ],
    })
  })

  it('is never made of half an answer', () => {
    expect(() => chatCompletion({ ...answer, parts: [{ type: 'text-delta', text: 'half' }] })).toThrow('finish')
  })
})
