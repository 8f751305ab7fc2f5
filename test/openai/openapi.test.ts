import { describe, expect, it } from 'vitest'
import { chatCompletion } from '../../src/openai/chat-response.ts'
import { createChatStreamEncoder } from '../../src/openai/chat-stream.ts'
import { encodeUpstreamChat } from '../../src/openai/chat-upstream.ts'
import { errorBody } from '../../src/openai/error-body.ts'
import { modelsBody } from '../../src/openai/models-body.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { startScriptedEdge } from '../edge/scripted-edge.ts'
import { describedEvents, describedSchema, isDescribed } from './described-schemas.ts'

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

const path = '/v1/responses'
const wanted = { model: 'auto', input: 'How is the pump?', background: true }
const allow = { privacy: { personalData: 'allow' } }
const toolCall = [call, { type: 'finish', reason: 'tool-calls', usage }] as const
const cutShort = [text, { type: 'finish', reason: 'length', usage }] as const

type ScriptedEdge = Awaited<ReturnType<typeof startScriptedEdge>>

async function queuedAt(edge: ScriptedEdge, headers: Record<string, string> = {}): Promise<string> {
  const queued = (await (await edge.post(wanted, headers, path)).json()) as { readonly id: string }
  expectDescribed(queued, 'queued')
  return queued.id
}

function expectDescribed(response: unknown, status: string): void {
  expect(describedSchema('Response').safeParse(response).error).toBeUndefined()
  expect(response).toMatchObject({ object: 'response', background: true, status })
}

/** Asks until the response has this status; the worker runs on its own. */
async function untilDescribed(edge: ScriptedEdge, id: string, status: string): Promise<void> {
  let now: { readonly status?: string } = {}
  for (let turn = 0; turn < 2_000 && now.status !== status; turn += 1)
    now = (await (await edge.get(`${path}/${id}`)).json()) as typeof now
  expectDescribed(now, status)
}

/** The events of a stream to its end, each held against the schema of its type. */
async function describedStream(edge: ScriptedEdge, query: string): Promise<readonly string[]> {
  const streamed = await (await edge.get(`${path}/${query}`)).text()
  const events = streamed.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []))
  for (const event of events) {
    const schema = describedEvents[event.type]
    // The description has no event for the end of a cancelled response; ours carries the response as the others do.
    if (event.type === 'response.cancelled') expectDescribed(event.response, 'cancelled')
    else expect(describedSchema(schema ?? event.type).safeParse(event).error, event.type).toBeUndefined()
  }
  return events.map(({ type }) => type)
}

describe.skipIf(!isDescribed)('background responses, held against the OpenAPI description of OpenAI', () => {
  it.each([
    ['completed', scriptedAnswer(['from ', 'here']), 'response.completed'],
    ['completed', toolCall, 'response.completed'],
    ['incomplete', cutShort, 'response.incomplete'],
  ] as const)('one that is %s, queued before that, and its stream from any event on', async (status, script, last) => {
    await using edge = await startScriptedEdge({ localScript: [script] })
    const id = await queuedAt(edge)
    edge.worker.start()
    await untilDescribed(edge, id, status)
    const all = await describedStream(edge, `${id}?stream=true`)
    expect([all[0], all[1], all[2], all.at(-1)]).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      last,
    ])
    for (let after = 0; after < all.length; after += 1)
      expect(await describedStream(edge, `${id}?stream=true&starting_after=${after}`)).toEqual(all.slice(after + 1))
  })

  it('one in progress, and one that is cancelled while it waits and while it runs', async () => {
    await using edge = await startScriptedEdge({ localScript: [[new Promise(() => {})]] })
    const running = await queuedAt(edge)
    edge.worker.start()
    await untilDescribed(edge, running, 'in_progress')
    const waiting = await queuedAt(edge)
    for (const id of [running, waiting]) {
      expectDescribed(await (await edge.post('', {}, `${path}/${id}/cancel`)).json(), 'cancelled')
      await untilDescribed(edge, id, 'cancelled')
      expect((await describedStream(edge, `${id}?stream=true`)).at(-1)).toBe('response.cancelled')
    }
  })

  it('one that failed', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['x'])], policy: allow })
    const id = await queuedAt(edge, { 'x-edgewise-mode': 'only-cloud' })
    edge.worker.start()
    await untilDescribed(edge, id, 'failed')
    expect((await describedStream(edge, `${id}?stream=true`)).slice(-2)).toEqual(['error', 'response.failed'])
  })
})
