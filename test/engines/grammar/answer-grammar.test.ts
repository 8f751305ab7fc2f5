import { describe, expect, it } from 'vitest'
import { answerGrammar } from '../../../src/engines/grammar/answer-grammar.ts'
import { toolCallText } from '../../../src/engines/tokenizer/tool-call-text.ts'
import type { InferenceRequest, Tool } from '../../../src/spec/request.ts'
import { someRequest } from '../some-request.ts'
import { allowed } from './followed.ts'

const tools: Tool[] = [
  { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
  { name: 'clock' },
]
const weather = toolCallText('weather', '{"city": "Bonn"}')
const clock = toolCallText('clock', '{}')

function answersTo(changes: Partial<InferenceRequest>): (text: string) => boolean {
  const grammar = answerGrammar(someRequest('', { tools, ...changes }))
  if (grammar === undefined) throw new Error('any answer is allowed')
  return allowed(grammar.make())
}

describe('what an answer may be', () => {
  it('is anything without tools and format, or when no tool may be called', () => {
    expect(answerGrammar(someRequest(''))).toBe(undefined)
    expect(answerGrammar(someRequest('', { responseFormat: { type: 'text' } }))).toBe(undefined)
    expect(answerGrammar(someRequest('', { tools, toolChoice: 'none' }))).toBe(undefined)
  })

  it('is free text, or calls behind it, when the model may choose', () => {
    const isIn = answersTo({ toolChoice: 'auto' })
    for (const text of ['', 'It rains. {"a": <tool_cal', `Let me look.\n${weather}`, `${weather}\n${clock}`, '\n\n']) {
      expect([text, isIn(text)]).toEqual([text, true])
    }
    const unknown = toolCallText('moon', '{}')
    const wrong = toolCallText('weather', '{"town": 1}')
    for (const text of ['<tool_call>', unknown, wrong, `${weather} and so on`, toolCallText('clock', '{"a":1}')]) {
      expect([text, isIn(text)]).toEqual([text, false])
    }
  })

  it('is calls and nothing else when one is required', () => {
    const isIn = answersTo({ toolChoice: 'required' })
    expect([weather, clock, ` ${weather}\n${weather}`].map(isIn)).toEqual([true, true, true])
    expect(['', 'no', `no ${weather}`, `${weather}\n`].map(isIn)).toEqual([false, false, false, false])
  })

  it('is one call of the tool that is named', () => {
    const isIn = answersTo({ toolChoice: { name: 'clock' } })
    expect([clock, weather, `${clock}\n${clock}`].map(isIn)).toEqual([true, false, false])
    expect(() => answersTo({ toolChoice: { name: 'moon' } })).toThrow(
      expect.objectContaining({ code: 'invalid-request', param: 'tool_choice' }),
    )
  })

  it('has one call at most when calls may not be parallel', () => {
    const isIn = answersTo({ toolChoice: 'required', parallelToolCalls: false })
    expect([weather, `${weather}\n${clock}`].map(isIn)).toEqual([true, false])
  })

  it('is an object for json_object, a value of the schema for json_schema, or calls beside them', () => {
    const isObject = answersTo({ tools: [], responseFormat: { type: 'json_object' } })
    expect(['{"any": [1]}', '\n{}', '[]', '{} '].map(isObject)).toEqual([true, true, false, false])
    const schema = { enum: ['yes', 'no'] }
    const isValue = answersTo({ responseFormat: { type: 'json_schema', name: 'answer', schema } })
    expect(['"yes"', clock, 'yes', `"yes"${clock}`].map(isValue)).toEqual([true, true, false, false])
  })

  it('is known by a key that tells what it is made of', () => {
    const key = (changes: Partial<InferenceRequest>) => answerGrammar(someRequest('', { tools, ...changes }))?.key
    expect(key({})).toBe(key({ toolChoice: 'auto' }))
    const keys = [
      key({}),
      key({ toolChoice: 'required' }),
      key({ parallelToolCalls: false }),
      key({ responseFormat: { type: 'json_object' } }),
    ]
    expect(new Set(keys).size).toBe(4)
  })

  it('is refused at the field at fault, however deep its schema is', () => {
    let deep: object = {}
    for (let level = 0; level < 30_000; level++) deep = { items: deep }
    const parameters = deep as Record<string, unknown>
    expect(() => answersTo({ tools: [...tools, { name: 'deep', parameters }] })).toThrow(
      expect.objectContaining({ code: 'unsupported-field', param: 'tools[2].function.parameters' }),
    )
    expect(() => answersTo({ responseFormat: { type: 'json_schema', name: 'x', schema: parameters } })).toThrow(
      expect.objectContaining({ param: 'response_format.json_schema.schema' }),
    )
  })
})
