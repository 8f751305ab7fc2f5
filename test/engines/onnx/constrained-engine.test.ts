import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OnnxEngine, startOnnxEngine } from '../../../src/engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../../src/model-store/folder.ts'
import type { InferenceRequest, Tool } from '../../../src/spec/request.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { someRequest } from '../some-request.ts'

const never = new AbortController().signal
const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-cloud')
const question = 'Slots: play some jazz by miles davis'
const tools: Tool[] = [
  {
    name: 'play_music',
    description: 'Plays music',
    parameters: {
      type: 'object',
      properties: { genre: { type: 'string', maxLength: 20 }, artist: { type: 'string', maxLength: 20 } },
      required: ['genre', 'artist'],
    },
  },
  { name: 'stop_music' },
]
let engine: OnnxEngine

beforeAll(async () => {
  const manifest = await readModelFolder({ folder })
  engine = await startOnnxEngine({ manifest, threads: 1, kvBudgetBytes: 1 << 28, clock: systemClock })
})

afterAll(() => engine[Symbol.asyncDispose]())

async function ask(changes: Partial<InferenceRequest>) {
  const parts = await Array.fromAsync(engine.generate(someRequest(question, { maxTokens: 120, ...changes }), never))
  const text = parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
  const deltas = parts.filter((part) => part.type === 'tool-call-delta')
  const json = deltas.map((delta) => delta.arguments).join('')
  return { text, deltas, json, finish: parts.at(-1) }
}

describe('the bundled cloud model in its own process', () => {
  it('declares json and tools', () => {
    expect([...engine.capabilities]).toEqual(expect.arrayContaining(['json', 'tools']))
  })

  it('says its own JSON under json_object, the same as without', async () => {
    const free = await ask({})
    const constrained = await ask({ responseFormat: { type: 'json_object' } })
    expect(constrained.text).toBe(free.text)
    expect(JSON.parse(constrained.text)).toMatchObject({ intent: 'PlayMusic' })
  })

  it('keeps to a schema that it never saw', async () => {
    const schema = {
      type: 'object',
      properties: {
        artist: { type: 'string', maxLength: 30 },
        year: { type: 'integer', minimum: 1900, maximum: 2030 },
      },
      required: ['artist', 'year'],
    }
    const { text, finish } = await ask({ responseFormat: { type: 'json_schema', name: 'song', schema, strict: true } })
    const value = JSON.parse(text)
    expect(Object.keys(value)).toEqual(['artist', 'year'])
    expect(value.year).toBeGreaterThanOrEqual(1900)
    expect(value.year).toBeLessThanOrEqual(2030)
    expect(finish).toMatchObject({ reason: 'stop' })
  })

  it('calls the tool that tool_choice names, streamed', async () => {
    const { text, deltas, json, finish } = await ask({ tools, toolChoice: { name: 'play_music' } })
    expect(text).toBe('')
    expect(deltas[0]).toMatchObject({
      index: 0,
      id: expect.stringMatching(/^call_/),
      name: 'play_music',
      arguments: '',
    })
    expect(deltas.length).toBeGreaterThan(3)
    expect(JSON.parse(json)).toEqual({ genre: expect.any(String), artist: expect.any(String) })
    expect(finish).toMatchObject({ reason: 'tool-calls' })
  })

  it('calls one of the tools when one is required', async () => {
    const { deltas, finish } = await ask({ tools, toolChoice: 'required', parallelToolCalls: false })
    expect(['play_music', 'stop_music']).toContain(deltas[0]?.name)
    expect(finish).toMatchObject({ reason: 'tool-calls' })
  })

  it('answers in text when it may choose, and when tools are off', async () => {
    for (const toolChoice of ['auto', 'none'] as const) {
      const { text, deltas } = await ask({ tools, toolChoice })
      expect(text).not.toBe('')
      expect(deltas).toEqual([])
    }
  })

  it('refuses a schema that is too deep to be sent to the process, and answers the next request', async () => {
    let schema: Record<string, unknown> = {}
    for (let level = 0; level < 30_000; level++) schema = { items: schema }
    const request = ask({ responseFormat: { type: 'json_schema', name: 'x', schema } })
    await expect(request).rejects.toMatchObject({ code: 'unsupported-field' })
    expect((await ask({})).text).toContain('PlayMusic')
  })
})
