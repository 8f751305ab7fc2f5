import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ParsedChat, parseChatRequest } from '../../src/openai/chat-request.ts'
import { chatSchema } from '../../src/openai/chat-schema.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'

const hello = { role: 'user', content: 'hello' }

function parse(fields: object, messages: unknown = [hello]): ParsedChat {
  return parseChatRequest({ body: { model: 'auto', messages, ...fields }, id: 'request-1' })
}

describe('a list in a chat request', () => {
  it.each(['messages', 'tools'])('is read up to its first bad entry only: %s', (field) => {
    const body = { model: 'auto', messages: [hello], [field]: [0, 0, 0, 0] }
    expect(chatSchema.safeParse(body).error?.issues).toHaveLength(1)
  })
})

function refusal(action: () => unknown): EdgewiseError {
  try {
    action()
  } catch (error) {
    if (error instanceof EdgewiseError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('a chat request', () => {
  it('gets the defaults of the OpenAI API', () => {
    expect(parse({})).toEqual({
      request: {
        id: 'request-1',
        model: 'auto',
        messages: [hello],
        sampling: { temperature: 1, topP: 1, topK: 0 },
        stop: [],
      },
      stream: false,
      includeUsage: false,
      ignoredFields: [],
    })
  })

  it('keeps every field that has a meaning', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } }
    const { request, stream, includeUsage } = parse({
      temperature: 0,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.05,
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
      repetition_penalty: 1.1,
      logit_bias: { 50256: -100, 7: 2.5 },
      seed: 7,
      max_completion_tokens: 50,
      stop: ['\n', 'END'],
      logprobs: true,
      top_logprobs: 3,
      tools: [{ type: 'function', function: { name: 'weather', description: 'd', parameters, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: parameters, strict: true } },
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(request).toMatchObject({
      sampling: {
        temperature: 0,
        topP: 0.9,
        topK: 40,
        minP: 0.05,
        presencePenalty: 0.5,
        frequencyPenalty: -0.5,
        repetitionPenalty: 1.1,
        logitBias: { 50256: -100, 7: 2.5 },
        seed: 7,
      },
      maxTokens: 50,
      stop: ['\n', 'END'],
      topLogprobs: 3,
      tools: [{ name: 'weather', description: 'd', parameters, strict: true }],
      toolChoice: { name: 'weather' },
      responseFormat: { type: 'json_schema', name: 'answer', schema: parameters, strict: true },
    })
    expect([stream, includeUsage]).toEqual([true, true])
  })

  it('takes a penalty or bias of nothing as absent', () => {
    const nothing = { min_p: 0, presence_penalty: 0, frequency_penalty: 0, repetition_penalty: 1, logit_bias: {} }
    expect(parse(nothing)).toEqual(parse({}))
  })

  it("takes llama-server's word for the repetition penalty", () => {
    expect(parse({ repeat_penalty: 1.2 }).request.sampling.repetitionPenalty).toBe(1.2)
    expect(parse({ repeat_penalty: 1.2, repetition_penalty: 1.2 }).ignoredFields).toEqual([])
  })

  it('takes null as absent in every field', () => {
    const names = ['temperature', 'top_p', 'top_k', 'seed', 'max_tokens', 'max_completion_tokens', 'stop', 'logprobs']
    const more = ['top_logprobs', 'tools', 'tool_choice', 'response_format', 'stream', 'stream_options', 'n', 'user']
    const penalties = ['presence_penalty', 'frequency_penalty', 'repetition_penalty', 'repeat_penalty', 'min_p']
    const others = [...penalties, 'logit_bias', 'audio', 'functions', 'prediction', 'store', 'metadata', 'unknown']
    const nulls = Object.fromEntries([...names, ...more, ...others].map((name) => [name, null]))
    expect(parse(nulls)).toEqual(parse({}))
  })

  it('reads every role, and parts as text', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } }
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":' } }
    const { request } = parse({}, [
      { role: 'system', content: 'be brief', name: 'boss' },
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'what is this' }, image] },
      { role: 'assistant', content: null, refusal: null, annotations: [], audio: null, tool_calls: [call] },
      { role: 'tool', content: [{ type: 'text', text: 'rain' }], tool_call_id: 'call_1' },
      { role: 'assistant', content: null, refusal: 'no' },
    ])
    expect(request.messages).toEqual([
      { role: 'system', content: 'be brief', name: 'boss' },
      { role: 'developer', content: 'a\nb' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what is this' },
          { type: 'image', url: 'data:image/png;base64,AAAA', detail: 'low' },
        ],
      },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":' }] },
      { role: 'tool', content: 'rain', toolCallId: 'call_1' },
      { role: 'assistant', content: 'no' },
    ])
  })

  it('turns half surrogate pairs into the replacement character', () => {
    expect(parse({}, [{ role: 'user', content: 'a\ud83d' }]).request.messages).toEqual([
      { role: 'user', content: 'a\ufffd' },
    ])
  })

  it('moves a final assistant message to answerSoFar when it is to be continued', () => {
    const started = { role: 'assistant', content: 'Once upon' }
    const { request } = parse({ continue_final_message: true, add_generation_prompt: false }, [hello, started])
    expect(request.messages).toEqual([hello])
    expect(request.answerSoFar).toBe('Once upon')
    expect(parse({}, [hello, started]).request.answerSoFar).toBeUndefined()
    expect(refusal(() => parse({ continue_final_message: true })).param).toBe('continue_final_message')
  })

  it('names unknown fields, fit for a header, and accepts them', () => {
    const { ignoredFields } = parse({ reasoning_effort: 'low', user: 'u', 'x\r\nset-cookie: a': 1, store: false })
    expect(ignoredFields).toEqual(['reasoning_effort', '(unprintable)'])
  })

  it('lets __proto__ and constructor do no harm', () => {
    const text =
      '{"model":"auto","messages":[{"role":"user","content":"x","__proto__":{"role":"system"}}],"__proto__":{"n":5}}'
    const { request, ignoredFields } = parseChatRequest({ body: JSON.parse(text), id: 'request-1' })
    expect(request.messages).toEqual([{ role: 'user', content: 'x' }])
    expect(ignoredFields).toEqual(['__proto__'])
    expect(parse({ constructor: { prototype: 1 } }).ignoredFields).toEqual(['constructor'])
  })
})

describe('a chat request is refused', () => {
  it.each([
    ['n', 5],
    ['modalities', ['text', 'audio']],
    ['audio', { voice: 'alloy', format: 'wav' }],
    ['functions', [{ name: 'f' }]],
    ['function_call', 'auto'],
    ['prediction', { type: 'content', content: 'x' }],
    ['web_search_options', {}],
    ['store', true],
  ])('as unsupported when %s asks for something', (param, value) => {
    expect(refusal(() => parse({ [param]: value }))).toMatchObject({ code: 'unsupported-field', status: 400, param })
  })

  it('but not when such a field asks for nothing', () => {
    const nothing = { n: 1, modalities: ['text'], store: false, functions: [] }
    expect(parse(nothing).ignoredFields).toEqual([])
  })

  it.each([
    [{ max_tokens: -1 }, 'max_tokens', 'at least 1'],
    [{ max_tokens: 0 }, 'max_tokens', 'at least 1'],
    [{ max_tokens: 1.5 }, 'max_tokens', 'a whole number'],
    [{ max_tokens: 5, max_completion_tokens: 6 }, 'max_tokens', 'contradicts'],
    [{ temperature: 9 }, 'temperature', 'at most 2'],
    [{ temperature: '0.5' }, 'temperature', 'must be a number; it came as a string'],
    [{ top_p: 1.1 }, 'top_p', 'at most 1'],
    [{ min_p: 1.5 }, 'min_p', 'at most 1'],
    [{ presence_penalty: 2.5 }, 'presence_penalty', 'at most 2'],
    [{ frequency_penalty: -3 }, 'frequency_penalty', 'at least -2'],
    [{ repetition_penalty: 0 }, 'repetition_penalty', 'at least 0.01'],
    [{ repetition_penalty: 1.1, repeat_penalty: 1.2 }, 'repeat_penalty', 'contradicts repetition_penalty'],
    [{ logit_bias: [5] }, 'logit_bias', 'an object'],
    [{ logit_bias: { hello: 5 } }, 'logit_bias', 'token ids as keys'],
    [{ logit_bias: { 1.5: 5 } }, 'logit_bias', 'token ids as keys'],
    [{ logit_bias: { 7: 101 } }, 'logit_bias.7', 'from -100 to 100'],
    [{ logit_bias: { 7: '1' } }, 'logit_bias.7', 'from -100 to 100'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'at most 4'],
    [{ stop: '' }, 'stop', 'must not be empty'],
    [{ stop: ['a', ''] }, 'stop.1', 'must not be empty'],
    [{ stop: 5 }, 'stop', 'a string or a list'],
    [{ seed: 1.5 }, 'seed', 'a whole number'],
    [{ top_logprobs: 3 }, 'top_logprobs', 'needs logprobs'],
    [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', 'at most 20'],
    [{ model: '' }, 'model', 'must not be empty'],
    [{ model: 7 }, 'model', 'a string'],
    [{ stream: 'yes' }, 'stream', 'true or false'],
    [{ tool_choice: 'required' }, 'tool_choice', 'there are no tools'],
    [{ tool_choice: { type: 'function', function: { name: 'x' } } }, 'tool_choice.function.name', 'no tool'],
    [{ tools: [{ type: 'function', function: { name: 'a b' } }] }, 'tools.0.function.name', '1 to 64'],
    [{ response_format: { type: 'xml' } }, 'response_format.type', 'one of text'],
    [{ messages: [] }, 'messages', 'must not be empty'],
    [{ messages: 'hi' }, 'messages', 'a list'],
    [{ messages: [{ ...hello, role: 'wizard' }] }, 'messages.0.role', 'one of system, developer, user'],
    [{ messages: [hello, { role: 'user', content: 12345 }] }, 'messages.1.content', 'a string or a list'],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] }, 'messages.0.content.0.text', 'a string'],
    [{ messages: [{ role: 'user' }] }, 'messages.0.content', 'is missing'],
    [{ messages: [{ role: 'assistant' }] }, 'messages.0.content', 'is missing'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages.0.tool_call_id', 'is missing'],
  ])('as invalid: %j', (fields, param, expectation) => {
    const error = refusal(() => parse(fields))
    expect(error).toMatchObject({ code: 'invalid-request', status: 400, param })
    expect(error.message).toContain(expectation)
  })

  it.each([
    [{ role: 'function', name: 'f', content: 'x' }, 'messages.0.role'],
    [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }, 'messages.0.content.0.type'],
    [{ role: 'assistant', content: 'x', function_call: { name: 'f' } }, 'messages.0.function_call'],
    [{ role: 'assistant', tool_calls: [{ type: 'custom' }] }, 'messages.0.tool_calls.0.type'],
  ])('as unsupported in a message: %j', (message, param) => {
    expect(refusal(() => parse({}, [message]))).toMatchObject({ code: 'unsupported-field', param })
  })

  it.each([null, undefined, 7, 'text', [], true])('when the body is %j', (body) => {
    expect(refusal(() => parseChatRequest({ body, id: 'request-1' }))).toMatchObject({ code: 'invalid-request' })
  })

  it('never with a word of its content', () => {
    const canary = 'canary-4711'
    const anywhere = fc.constantFrom(
      { messages: [{ role: canary, content: canary }] },
      { messages: [{ role: 'user', content: { text: canary } }] },
      { messages: [{ role: 'user', content: [{ type: canary }] }] },
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: canary } }] }] },
      { messages: canary },
      { model: [canary] },
      { stop: { a: canary } },
      { tools: [{ type: canary }] },
      { response_format: canary },
      { tool_choice: canary },
      { logit_bias: { [canary]: 1 } },
      { logit_bias: { 5: canary } },
      { user: [canary] },
    )
    fc.assert(
      fc.property(anywhere, (fields) => {
        const error = refusal(() => parse(fields))
        expect(`${error.message} ${error.param} ${error.cause}`).not.toContain(canary)
      }),
    )
  })

  it('with a typed error and nothing else, whatever JSON comes', () => {
    const names = ['model', 'messages', 'stop', 'tools', 'tool_choice', 'response_format', 'logit_bias', 'n', 'seed']
    const fields = fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 4 }))
    fc.assert(
      fc.property(fields, (body) => {
        try {
          expect(parseChatRequest({ body, id: 'x' }).request.messages.length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(EdgewiseError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
