import { describe, expect, it } from 'vitest'
import { parseChatRequest } from '../../src/openai/chat-request.ts'
import { encodeUpstreamChat } from '../../src/openai/chat-upstream.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'

const rich: InferenceRequest = {
  id: 'request-1',
  model: 'big',
  messages: [
    { role: 'system', content: 'be brief' },
    {
      role: 'user',
      name: 'ada',
      content: [
        { type: 'text', text: 'what is this' },
        { type: 'image', url: 'data:image/png;base64,AAAA', detail: 'low' },
      ],
    },
    { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{}' }] },
    { role: 'tool', content: 'rain', toolCallId: 'call_1' },
  ],
  sampling: {
    temperature: 0.5,
    topP: 0.9,
    topK: 20,
    minP: 0.1,
    presencePenalty: 1,
    frequencyPenalty: -1,
    repetitionPenalty: 1.1,
    logitBias: { 5: -100 },
    seed: 7,
  },
  maxTokens: 50,
  stop: ['END'],
  topLogprobs: 2,
  tools: [{ name: 'weather', description: 'd', parameters: { type: 'object' }, strict: true }],
  toolChoice: { name: 'weather' },
  responseFormat: { type: 'json_schema', name: 'a', schema: { type: 'object' }, strict: true },
}
const plain: InferenceRequest = {
  id: 'request-1',
  model: 'big',
  messages: [{ role: 'user', content: 'hello' }],
  sampling: { temperature: 1, topP: 1, topK: 0 },
  stop: [],
}

function wire(request: InferenceRequest, continuation = false): unknown {
  return JSON.parse(JSON.stringify(encodeUpstreamChat(request, { model: 'big', stream: true, continuation })))
}

describe('encodeUpstreamChat', () => {
  it('loses nothing on the way to a hub of ours', () => {
    for (const request of [rich, plain, { ...rich, answerSoFar: 'It is' }]) {
      const parsed = parseChatRequest({ body: wire(request, true), id: 'request-1' })
      expect(parsed).toEqual({ request, stream: true, includeUsage: true, ignoredFields: [] })
    }
  })

  it('sends plain requests in words that every server knows', () => {
    expect(wire(plain)).toEqual({
      model: 'big',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 1,
      top_p: 1,
    })
  })

  it('makes text so far the final assistant message, with a hint only where it is understood', () => {
    const request = { ...plain, answerSoFar: 'Once' }
    const messages = [
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'Once' },
    ]
    expect(wire(request)).toMatchObject({ messages })
    expect(wire(request)).not.toHaveProperty('continue_final_message')
    expect(wire(request, true)).toMatchObject({ messages, continue_final_message: true, add_generation_prompt: false })
  })

  it('calls a developer message system, which all chat templates know', () => {
    const request: InferenceRequest = { ...plain, messages: [{ role: 'developer', content: 'be brief' }] }
    expect(wire(request)).toMatchObject({ messages: [{ role: 'system', content: 'be brief' }] })
  })

  it('sends no request id and no conversation', () => {
    expect(JSON.stringify(wire({ ...plain, conversation: 'abc123' }))).not.toMatch(/request-1|abc123/)
  })
})
