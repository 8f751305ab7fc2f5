import { describe, expect, it } from 'vitest'
import { toolCallText } from '../../../src/engines/tokenizer/tool-call-text.ts'
import type { InferenceRequest, Tool } from '../../../src/spec/request.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { someRequest } from '../some-request.ts'
import { answers, scriptedModel, vocabulary } from './scripted-model.ts'

const never = new AbortController().signal
const tools: Tool[] = [
  {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { enum: ['Bonn', 'Rome'] } }, required: ['city'] },
  },
  { name: 'clock' },
]
const noise = () => Float32Array.from({ length: vocabulary }, (_, id) => ((id * 7919) % 101) / 20)

async function ask(next: Parameters<typeof scriptedModel>[0]['next'], changes: Partial<InferenceRequest>) {
  await using model = scriptedModel({ contextTokens: 4096, ...(next === undefined ? {} : { next }) })
  const parts = await Array.fromAsync(
    model.generator.generate(someRequest('go', { maxTokens: 400, ...changes }), never),
  )
  return { parts, text: parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('') }
}

/** Calls as a client puts them together from deltas. */
function callsOf(parts: readonly StreamPart[]) {
  const calls: { id?: string; name?: string; arguments: string; deltas: number }[] = []
  for (const part of parts) {
    if (part.type !== 'tool-call-delta') continue
    const call = calls[part.index] ?? { arguments: '', deltas: 0 }
    const { id = call.id, name = call.name } = part
    calls[part.index] = {
      ...call,
      ...(id && { id }),
      ...(name && { name }),
      arguments: call.arguments + part.arguments,
      deltas: call.deltas + 1,
    }
  }
  return calls
}

describe('an answer under a grammar', () => {
  it('is JSON of the schema whatever the model would say', async () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'string', maxLength: 5 } },
      required: ['a', 'b'],
    }
    const sampling = { temperature: 1, topK: 0, topP: 1, seed: 3 }
    const { parts, text } = await ask(noise, { sampling, responseFormat: { type: 'json_schema', name: 'x', schema } })
    expect(JSON.parse(text)).toEqual({ a: expect.any(Number), b: expect.any(String) })
    expect(parts.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
  })

  it('is what the model says of itself where that is allowed, token by token', async () => {
    const said = '{"a": "e", "b": [1, 2.5, null]}'
    const free = await ask(answers({ go: said }), {})
    const constrained = await ask(answers({ go: said }), { responseFormat: { type: 'json_object' } })
    expect(constrained).toEqual(free)
  })

  it('ends for its length where the room ends', async () => {
    const { parts } = await ask(noise, { maxTokens: 3, responseFormat: { type: 'json_object' } })
    expect(parts.at(-1)).toMatchObject({ reason: 'length', usage: { completionTokens: 3 } })
  })

  it('goes on behind an answer so far that satisfies it, and refuses any other', async () => {
    const responseFormat = { type: 'json_object' } as const
    const { text } = await ask(noise, { responseFormat, answerSoFar: '{"key": [tr' })
    expect(() => JSON.parse(`{"key": [tr${text}`)).not.toThrow()
    await expect(ask(noise, { responseFormat, answerSoFar: 'Sure: {' })).rejects.toMatchObject({
      code: 'invalid-request',
      param: 'response_format',
    })
  })

  it('is refused before the model works when it cannot be enforced', async () => {
    await using model = scriptedModel({})
    const schema = { type: 'object', properties: { a: { not: {} } } }
    const request = someRequest('go', { responseFormat: { type: 'json_schema', name: 'x', schema } })
    await expect(Array.fromAsync(model.generator.generate(request, never))).rejects.toMatchObject({
      code: 'unsupported-field',
      param: 'response_format.json_schema.schema',
      message: expect.stringContaining('/properties/a/not'),
    })
    expect(model.sessions.steps).toEqual([])
  })
})

describe('an answer with tools', () => {
  it('is text when the model calls none', async () => {
    const { parts, text } = await ask(answers({ go: 'Just <b>text</b>.' }), { tools })
    expect(text).toBe('Just <b>text</b>.')
    expect(parts.at(-1)).toMatchObject({ reason: 'stop' })
  })

  it('has the calls that the model writes, streamed: id and name first, then arguments in pieces', async () => {
    const said = `Look:\n${toolCallText('weather', '{"city": "Rome"}')}\n${toolCallText('clock', '{}')}`
    const { parts, text } = await ask(answers({ go: said }), { tools, toolChoice: 'auto' })
    expect(text).toBe('Look:\n')
    const calls = callsOf(parts)
    expect(calls).toMatchObject([
      { id: expect.stringMatching(/^call_\w{24}$/), name: 'weather', arguments: '{"city": "Rome"}' },
      { id: expect.stringMatching(/^call_\w{24}$/), name: 'clock', arguments: '{}' },
    ])
    expect(calls[0]?.deltas).toBeGreaterThan(5)
    expect(calls[0]?.id).not.toBe(calls[1]?.id)
    expect(parts.find((part) => part.type === 'tool-call-delta')).toMatchObject({
      index: 0,
      name: 'weather',
      arguments: '',
    })
    expect(parts.at(-1)).toMatchObject({ reason: 'tool-calls' })
  })

  it.each<[NonNullable<InferenceRequest['toolChoice']>, string[]]>([
    ['required', ['weather', 'clock']],
    [{ name: 'clock' }, ['clock']],
    [{ name: 'weather' }, ['weather']],
  ])('calls what tool_choice %j enforces, against the will of the model', async (toolChoice, names) => {
    const { parts, text } = await ask(noise, { tools, toolChoice, parallelToolCalls: false })
    const [call, ...others] = callsOf(parts)
    expect(text).toBe('')
    expect(others).toEqual([])
    expect(names).toContain(call?.name)
    const given = JSON.parse(call?.arguments ?? '')
    expect(given).toEqual(call?.name === 'clock' ? {} : { city: expect.stringMatching(/^(Bonn|Rome)$/) })
    expect(parts.at(-1)).toMatchObject({ reason: 'tool-calls' })
  })

  it('does not offer tools that may not be called', async () => {
    const { text, parts } = await ask(answers({ go: toolCallText('clock', '{}') }), { tools, toolChoice: 'none' })
    expect(text).toBe(toolCallText('clock', '{}'))
    expect(callsOf(parts)).toEqual([])
  })

  it('keeps the arguments of a call that the room cuts off', async () => {
    const said = toolCallText('weather', '{"city": "Rome"}')
    const { parts } = await ask(answers({ go: said }), { tools, maxTokens: 45 })
    expect(callsOf(parts)[0]?.arguments).toMatch(/^\{"ci/)
    expect(parts.at(-1)).toMatchObject({ reason: 'length' })
  })

  it('tells the log-probabilities of text and call apart', async () => {
    const said = `Look: ${toolCallText('clock', '{}')}`
    const { parts } = await ask(answers({ go: said }), { tools, topLogprobs: 0 })
    const tokens = (type: string) =>
      parts
        .flatMap((part) => (part.type === type && 'logprobs' in part ? (part.logprobs ?? []) : []))
        .map(({ token }) => token)
    expect(tokens('text-delta').join('')).toBe('Look: ')
    expect(said).toContain(tokens('tool-call-delta').join(''))
    expect(tokens('tool-call-delta').join('')).toContain('"clock"')
  })
})
