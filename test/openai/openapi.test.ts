import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { chatCompletion } from '../../src/openai/chat-response.ts'
import { createChatStreamEncoder } from '../../src/openai/chat-stream.ts'
import { encodeUpstreamChat } from '../../src/openai/chat-upstream.ts'
import { errorBody } from '../../src/openai/error-body.ts'
import { modelsBody } from '../../src/openai/models-body.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'

const data = process.env.EDGEWISE_DATA ?? join(import.meta.dirname, '../../../shared/data')
const path = join(data, 'openai-openapi', 'openapi.json')
const present = existsSync(path)
if (!present) console.log('skipped: the OpenAPI description is not beside the checkout (set EDGEWISE_DATA)')

type Json = Readonly<Record<string, unknown>>

/** One schema of the description with all it refers to, as plain JSON Schema: `nullable` is of an older OpenAPI. */
function schemaOf(schemas: Json, name: string): z.ZodType {
  const needed: Record<string, unknown> = {}
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert)
    if (typeof value !== 'object' || value === null) return value
    const { nullable, discriminator: _, ...rest } = value as Json
    const entries = Object.entries(rest).map(([key, inner]) => [
      key,
      key === '$ref' ? refer(String(inner)) : convert(inner),
    ])
    const schema = Object.fromEntries(entries)
    return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema
  }
  const refer = (ref: string): string => {
    const target = ref.replace('#/components/schemas/', '')
    if (!(target in needed)) {
      needed[target] = {}
      needed[target] = convert(schemas[target])
    }
    return `#/$defs/${target}`
  }
  return z.fromJSONSchema({ $ref: refer(`#/components/schemas/${name}`), $defs: needed } as never)
}

const usage = { promptTokens: 3, completionTokens: 2 }
const token = { token: 'a', logprob: -0.5, bytes: [97] }
const text: StreamPart = { type: 'text-delta', text: 'a', logprobs: [{ ...token, top: [token] }] }
const call: StreamPart = { type: 'tool-call-delta', index: 0, id: 'call_1', name: 'f', arguments: '{}' }
const place: StreamPart = { type: 'placement', placement: 'local', model: 'small', reason: 'only-edge' }
const head = { id: 'chatcmpl-1', created: 1_750_000_000, model: 'auto' }

describe.skipIf(!present)('what goes over the wire, held against the OpenAPI description of OpenAI', () => {
  let schemas: Json = {}
  beforeAll(() => {
    schemas = JSON.parse(readFileSync(path, 'utf8')).components.schemas
  })

  it.each([
    ['text', [place, text, { type: 'finish', reason: 'length', usage }]],
    ['tool calls', [call, { type: 'finish', reason: 'tool-calls', usage }]],
    ['nothing', [{ type: 'finish', reason: 'content-filter', usage }]],
  ] as [string, StreamPart[]][])('a whole answer of %s', (_, parts) => {
    const schema = schemaOf(schemas, 'CreateChatCompletionResponse')
    expect(schema.safeParse(chatCompletion({ ...head, parts })).error).toBeUndefined()
    expect(schema.safeParse({ ...chatCompletion({ ...head, parts }), choices: [{}] }).success).toBe(false)
  })

  it('every chunk of a stream', () => {
    const schema = schemaOf(schemas, 'CreateChatCompletionStreamResponse')
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
    expect(schemaOf(schemas, 'ErrorResponse').safeParse(error).error).toBeUndefined()
    const models = modelsBody([{ id: 'small', ownedBy: 'edgewise', created: 7 }])
    expect(schemaOf(schemas, 'ListModelsResponse').safeParse(models).error).toBeUndefined()
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
    expect(schemaOf(schemas, 'CreateChatCompletionRequest').safeParse(body).error).toBeUndefined()
  })
})
