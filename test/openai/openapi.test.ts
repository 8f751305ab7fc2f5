import { describe, expect, it } from 'vitest'
import { chatCompletion } from '../../src/openai/chat-response.ts'
import { createChatStreamEncoder } from '../../src/openai/chat-stream.ts'
import { encodeUpstreamChat } from '../../src/openai/chat-upstream.ts'
import { errorBody } from '../../src/openai/error-body.ts'
import { modelsBody } from '../../src/openai/models-body.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'
import { describedSchema, isDescribed } from './described-schemas.ts'

if (!isDescribed) console.log('skipped: the OpenAPI description is not beside the checkout (set EDGEWISE_DATA)')

const usage = { promptTokens: 3, completionTokens: 2 }
const token = { token: 'a', logprob: -0.5, bytes: [97] }
const text: StreamPart = { type: 'text-delta', text: 'a', logprobs: [{ ...token, top: [token] }] }
const call: StreamPart = { type: 'tool-call-delta', index: 0, id: 'call_1', name: 'f', arguments: '{}' }
const place: StreamPart = { type: 'placement', placement: 'local', model: 'small', reason: 'only-edge' }
const head = { id: 'chatcmpl-1', created: 1_750_000_000, model: 'auto' }

describe.skipIf(!isDescribed)('what goes over the wire, held against the OpenAPI description of OpenAI', () => {
  it.each([
    ['text', [place, text, { type: 'finish', reason: 'length', usage }]],
    ['tool calls', [call, { type: 'finish', reason: 'tool-calls', usage }]],
    ['nothing', [{ type: 'finish', reason: 'content-filter', usage }]],
  ] as [string, StreamPart[]][])('a whole answer of %s', (_, parts) => {
    const schema = describedSchema('CreateChatCompletionResponse')
    expect(schema.safeParse(chatCompletion({ ...head, parts })).error).toBeUndefined()
    expect(schema.safeParse({ ...chatCompletion({ ...head, parts }), choices: [{}] }).success).toBe(false)
  })

  it('every chunk of a stream', () => {
    const schema = describedSchema('CreateChatCompletionStreamResponse')
    const encoder = createChatStreamEncoder({ ...head, includeUsage: true })
    const parts: StreamPart[] = [place, text, call, { type: 'finish', reason: 'tool-calls', usage }]
    const events = parts
      .map((part) => encoder.push(part))
      .join('')
      .split('\n\n')
      .slice(0, -2)
    expect(events).toHaveLength(5)
    for (const event of events) expect(schema.safeParse(JSON.parse(event.slice(6))).error).toBeUndefined()
  })

  it('an error and the list of models', () => {
    const error = errorBody(new EdgewiseError('invalid-request', 'no', { param: 'n' }))
    expect(describedSchema('ErrorResponse').safeParse(error).error).toBeUndefined()
    const models = modelsBody([{ id: 'small', ownedBy: 'edgewise', created: 7 }])
    expect(describedSchema('ListModelsResponse').safeParse(models).error).toBeUndefined()
  })

  it('a request to an upstream', () => {
    const request: InferenceRequest = {
      id: 'request-1',
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: [{ type: 'image', url: 'https://host/image.png', detail: 'low' }] },
        { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'f', arguments: '{}' }] },
        { role: 'tool', content: 'x', toolCallId: 'call_1' },
      ],
      sampling: { temperature: 0.5, topP: 0.9, topK: 0, seed: 7 },
      maxTokens: 5,
      stop: ['END'],
      topLogprobs: 2,
      tools: [{ name: 'f', parameters: { type: 'object' }, strict: true }],
      toolChoice: { name: 'f' },
      responseFormat: { type: 'json_schema', name: 'a', schema: { type: 'object' } },
    }
    const body = JSON.parse(JSON.stringify(encodeUpstreamChat(request, { model: 'gpt-4o', stream: true })))
    expect(describedSchema('CreateChatCompletionRequest').safeParse(body).error).toBeUndefined()
  })
})
