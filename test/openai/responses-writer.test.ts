import { describe, expect, it } from 'vitest'
import { parseResponsesRequest } from '../../src/openai/responses-request.ts'
import { createResponsesStreamEncoder } from '../../src/openai/responses-stream.ts'
import { type ResponseEvent, ResponseWriter } from '../../src/openai/responses-writer.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'
import { describedEvents, describedSchema, isDescribed } from './described-schemas.ts'
import { noMemory } from './no-memory.ts'

if (!isDescribed) console.log('skipped: the OpenAPI description is not beside the checkout (set EDGEWISE_DATA)')

const usage = { promptTokens: 3, completionTokens: 2, cachedTokens: 1, cost: { micros: 2500, currency: 'EUR' } }
const token = { token: 'a', logprob: -0.5, bytes: [97] }
const place: StreamPart = { type: 'placement', placement: 'local', model: 'small', reason: 'only-edge' }
const text = (said: string): StreamPart => ({ type: 'text-delta', text: said })
const call = (index: number, words: string, name?: string): StreamPart => ({
  type: 'tool-call-delta',
  index,
  arguments: words,
  ...(name === undefined ? {} : { id: `call_${name}`, name }),
})
const end = (reason: 'stop' | 'length' | 'tool-calls' | 'content-filter' = 'stop'): StreamPart => ({
  type: 'finish',
  reason,
  usage,
})

const body = {
  model: 'auto',
  input: 'hi',
  instructions: 'be brief',
  metadata: { a: 'b' },
  tools: [{ type: 'function', name: 'weather', parameters: { type: 'object' }, strict: true }],
  text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } } },
}

async function written(parts: readonly StreamPart[]) {
  const { head } = await parseResponsesRequest({ body, id: 'resp_1', created: 1_750_000_000, memory: noMemory })
  const writer = new ResponseWriter(head)
  return { writer, events: parts.flatMap((part) => writer.push(part)) }
}

function typesOf(events: readonly ResponseEvent[]): readonly string[] {
  return events.map(({ type }) => type.replace('response.', ''))
}

const answers: readonly (readonly [string, readonly StreamPart[]])[] = [
  ['text', [place, text('Hel'), { type: 'text-delta', text: 'a', logprobs: [{ ...token, top: [token] }] }, end()]],
  [
    'text and two calls',
    [text('Let me see.'), call(0, '{"a"', 'one'), call(1, '{}', 'two'), call(0, ':1}'), end('tool-calls')],
  ],
  ['nothing at all', [end('content-filter')]],
  ['half of an answer', [text('He'), place, text('llo'), end('length')]],
]

describe('a response as it is written', () => {
  it('tells a text in the order in which OpenAI tells it, numbered without a gap', async () => {
    const { events } = await written([place, text('Hel'), text('lo'), end()])
    expect(typesOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
    expect(events.at(-1)).toMatchObject({
      response: {
        status: 'completed',
        output: [{ type: 'message', status: 'completed', content: [{ text: 'Hello' }] }],
        usage: {
          input_tokens: 3,
          output_tokens: 2,
          total_tokens: 5,
          input_tokens_details: { cached_tokens: 1 },
          cost: 0.0025,
          currency: 'EUR',
        },
        edgewise: { placement: 'local', model: 'small', reason: 'only-edge' },
      },
    })
  })

  it('keeps calls apart whose arguments come in turns', async () => {
    const { writer, events } = await written(answers[1]?.[1] ?? [])
    expect(writer.body.output).toMatchObject([
      { type: 'message', content: [{ text: 'Let me see.' }] },
      { type: 'function_call', call_id: 'call_one', name: 'one', arguments: '{"a":1}', status: 'completed' },
      { type: 'function_call', call_id: 'call_two', name: 'two', arguments: '{}' },
    ])
    const done = typesOf(events).indexOf('output_item.done')
    expect(events[done]).toMatchObject({ output_index: 0, item: { type: 'message' } })
    expect(typesOf(events).indexOf('function_call_arguments.delta')).toBeGreaterThan(done)
  })

  it('is incomplete when the tokens ran out', async () => {
    const { writer } = await written([text('He'), end('length')])
    expect(writer.body).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    })
  })

  it('says at once, by a delta without text, that another place goes on', async () => {
    const { events } = await written([text('He'), place, text('llo')])
    expect(events.find((event) => 'edgewise' in event)).toMatchObject({
      type: 'response.output_text.delta',
      delta: '',
      edgewise: { placement: 'local' },
    })
  })

  it('fails with our own code in the error event and one of the closed list in the response', async () => {
    const { writer } = await written([text('He')])
    const events = writer.fail(new EdgewiseError('stream-cut', 'the answer broke off'))
    expect(events).toMatchObject([
      { type: 'error', code: 'stream-cut', message: 'the answer broke off' },
      { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error' }, output: [{}] } },
    ])
    expect(writer.fail(new EdgewiseError('internal', 'twice'))).toEqual([])
    expect(() => writer.push(text('more'))).toThrow(/after the end/)
  })

  it('goes over the wire as events with a name, and is told to its keeper once', async () => {
    const { head } = await parseResponsesRequest({ body, id: 'resp_1', created: 1, memory: noMemory })
    const kept: string[] = []
    const encoder = createResponsesStreamEncoder({
      head,
      onEnd(body) {
        kept.push(body.status)
        return body
      },
    })
    const sent = [place, text('a'), end()].map((part) => encoder.push(part)).join('')
    expect(sent.split('\n\n')[0]).toMatch(
      /^event: response\.created\ndata: \{"type":"response\.created","sequence_number":0/,
    )
    expect(encoder.error(new EdgewiseError('internal', 'late'))).toBe('')
    expect(kept).toEqual(['completed'])
  })

  it.skipIf(!isDescribed).each(answers)('fits the OpenAPI description: %s', async (_name, parts) => {
    const { writer, events } = await written(parts)
    for (const event of events) {
      const schema = describedSchema(describedEvents[event.type] ?? 'none')
      expect(schema.safeParse(JSON.parse(JSON.stringify(event))).error, event.type).toBeUndefined()
    }
    expect(describedSchema('Response').safeParse(JSON.parse(JSON.stringify(writer.body))).error).toBeUndefined()
    expect(describedSchema('Response').safeParse({ ...writer.body, output: [{ type: 'message' }] }).success).toBe(false)
  })

  it.skipIf(!isDescribed)('fits the OpenAPI description when it fails', async () => {
    const { writer } = await written([text('He')])
    for (const event of writer.fail(new EdgewiseError('overloaded', 'too many'))) {
      const schema = describedSchema(describedEvents[event.type] ?? 'none')
      expect(schema.safeParse(JSON.parse(JSON.stringify(event))).error, event.type).toBeUndefined()
    }
  })
})
