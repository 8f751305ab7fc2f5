import * as tools from 'vitest'
import { describe, expect, it } from 'vitest'
import { createUpstreamGenerator } from '../../../src/engines/upstream/upstream-generator.ts'
import { asEdgewiseError, type EdgewiseError } from '../../../src/spec/errors.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { conformGenerator } from '../../../src/testing/conformance/generator.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { type MockFault, startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { modelAnswer, sanitised, upstreamAt } from './mock-model.ts'

type Upstream = ReturnType<typeof upstreamAt>

const never = new AbortController().signal

function read(upstream: Upstream, fields: Partial<InferenceRequest> = {}): Promise<StreamPart[]> {
  return Array.fromAsync(upstream.generate(sanitised(fields), never))
}

async function failure(upstream: Upstream, fields: Partial<InferenceRequest> = {}): Promise<EdgewiseError> {
  const thrown: unknown = await read(upstream, fields).then(
    () => new Error('it answered'),
    (error: unknown) => error,
  )
  expect(thrown).toHaveProperty('name', 'EdgewiseError')
  return asEdgewiseError(thrown)
}

function thrownBy(action: () => unknown): EdgewiseError {
  try {
    action()
  } catch (thrown) {
    return asEdgewiseError(thrown)
  }
  throw new Error('it was accepted')
}

function textOf(parts: readonly StreamPart[]): string {
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

conformGenerator({
  tools,
  name: 'an upstream server',
  setUp: async () => {
    const mock = await startMockUpstream({ answer: modelAnswer })
    const upstream = upstreamAt(mock.baseUrl, { capabilities: ['logprobs', 'continuation'] })
    return {
      ...upstream,
      // The suite's requests come from no guard.
      generate: (request: InferenceRequest, signal: AbortSignal) => upstream.generate(sanitised(request), signal),
      async [Symbol.asyncDispose]() {
        await upstream[Symbol.asyncDispose]()
        await mock[Symbol.asyncDispose]()
      },
    }
  },
  requests: [sanitised(), sanitised({ messages: [{ role: 'user', content: 'goodbye' }] })],
})

describe('an upstream server', () => {
  it('gets the request, its own headers and nothing of the client', async () => {
    await using mock = await startMockUpstream()
    const headers = { 'x-team': 'scanner' }
    const options = { apiKey: 'sk-own', headers, upstreamModel: 'llama', conversationHeader: 'x-edgewise-conversation' }
    await using upstream = upstreamAt(`${mock.baseUrl}/`, options)
    await read(upstream, { maxTokens: 9, conversation: 'c0ffee' })
    const [request] = mock.requests
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer sk-own',
      'x-team': 'scanner',
      'x-edgewise-conversation': 'c0ffee',
      'content-type': 'application/json',
    })
    expect(request?.path).toBe('/v1/chat/completions')
    expect(request?.body).toMatchObject({ model: 'llama', stream: true, max_tokens: 9 })
  })

  it('keeps the query of its base URL', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(`${mock.baseUrl}?api-version=2`)
    await read(upstream)
    expect(mock.requests[0]?.path).toBe('/v1/chat/completions?api-version=2')
  })

  it('may answer in one JSON body although a stream was asked for', async () => {
    const answer = { pieces: ['one', ' two'], usage: { promptTokens: 4, completionTokens: 2 } }
    await using mock = await startMockUpstream({ neverStreams: true, answer })
    await using upstream = upstreamAt(mock.baseUrl)
    expect(await read(upstream)).toEqual([
      { type: 'text-delta', text: 'one two' },
      { type: 'finish', reason: 'stop', usage: { promptTokens: 4, completionTokens: 2 } },
    ])
  })

  it('may split its characters and leave out [DONE]', async () => {
    await using mock = await startMockUpstream({ answer: { pieces: ['é', '😀', '日本'] } })
    await using upstream = upstreamAt(mock.baseUrl)
    mock.fail({ kind: 'split-utf8' }, { kind: 'missing-done' })
    expect(textOf(await read(upstream))).toBe('é😀日本')
    expect(textOf(await read(upstream))).toBe('é😀日本')
  })

  it('gives tool calls and log-probabilities', async () => {
    const toolCalls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }]
    await using mock = await startMockUpstream({ answer: { pieces: ['a'], toolCalls } })
    await using upstream = upstreamAt(mock.baseUrl)
    const [text, call, finish] = await read(upstream, { topLogprobs: 2 })
    expect(text).toMatchObject({ type: 'text-delta', logprobs: [{ token: 'a', top: [{ token: 'a' }, {}] }] })
    expect(call).toEqual({ type: 'tool-call-delta', index: 0, ...toolCalls[0] })
    expect(finish).toMatchObject({ type: 'finish', reason: 'tool-calls' })
  })

  it('serves request after request on one connection', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    const ports = new Set<unknown>()
    for (let round = 0; round < 5; round += 1) {
      await read(upstream)
      ports.add(mock.requests[round]?.clientPort)
    }
    expect(ports.size).toBe(1)
  })

  it('says why it is unavailable when its owner knows', async () => {
    await using upstream = upstreamAt('http://127.0.0.1:9/v1', { unavailable: () => 'its health check fails' })
    expect(upstream.unavailable()).toBe('its health check fails')
  })

  it.each([
    ['not a url', 'full http or https address'],
    ['ftp://host/v1', 'full http or https address'],
    ['http://user:hunter2@host/v1', 'base URL of host holds credentials'],
  ])('is refused with the base URL %s', (baseUrl, because) => {
    const limits = { firstTokenTimeoutMs: 1, interTokenTimeoutMs: 1, clock: createFakeClock() }
    const open = () => Promise.reject(new Error('it was opened'))
    const error = thrownBy(() => createUpstreamGenerator({ model: 'big', baseUrl, open, ...limits }))
    expect(error).toMatchObject({ code: 'config-invalid', message: expect.stringContaining(because) })
    expect(error.message).not.toContain('hunter2')
  })

  it('is refused with a key that no header can carry', () => {
    expect(() => upstreamAt('http://host/v1', { apiKey: 'sk-a\nb' })).toThrow('API key for host')
  })
})

const secretMessage = 'your prompt "attack at dawn" is not welcome'

describe('an upstream server that refuses', () => {
  it.each([
    [401, { error: { message: secretMessage, code: 'invalid_api_key' } }, 'upstream-rejected', 'check the API key'],
    [403, { error: { message: secretMessage } }, 'upstream-rejected', 'check what the API key'],
    [
      404,
      { error: { message: secretMessage, code: 'model_not_found' } },
      'upstream-rejected',
      'serves the model "llama"',
    ],
    [
      400,
      { error: { message: secretMessage, type: 'invalid_request_error' } },
      'upstream-rejected',
      'invalid_request_error',
    ],
    [400, { error: { message: 'x', code: 'context_length_exceeded' } }, 'context-exceeded', 'shorten'],
    [
      400,
      { object: 'error', message: "This model's maximum context length is 8192 tokens" },
      'context-exceeded',
      'shorten',
    ],
    [400, { error: { code: 400, type: 'exceed_context_size_error' } }, 'context-exceeded', 'shorten'],
    [413, '<html>too large</html>', 'upstream-rejected', 'too large'],
    [408, {}, 'upstream-timeout', 'HTTP 408'],
    [429, { error: { message: secretMessage, type: 'tokens' } }, 'overloaded', 'try again'],
    [429, { error: { message: secretMessage, code: 'insufficient_quota' } }, 'upstream-rejected', 'insufficient_quota'],
    [500, { error: secretMessage }, 'upstream-failed', 'HTTP 500'],
    [502, '<html>bad gateway</html>', 'upstream-failed', 'HTTP 502'],
    [503, { error: { message: secretMessage, code: 'engine-unavailable' } }, 'engine-unavailable', 'HTTP 503'],
    [307, '', 'upstream-failed', 'redirect'],
  ])('with %i and %j ends in %s', async (status, body, code, says) => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl, { upstreamModel: 'llama', apiKey: 'sk-own' })
    mock.fail({ kind: 'status', status, body })
    const error = await failure(upstream)
    expect(error.code).toBe(code)
    expect(error.message).toContain(says)
    expect(error.message).toContain(mock.baseUrl)
    expect(`${error.message} ${error.cause}`).not.toMatch(/dawn|sk-own|html/)
    expect(textOf(await read(upstream))).toBe('Hello from the mock.')
  })

  it.each([
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '0.5' }, 0.5],
    [{ 'retry-after': '-3' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 0.25],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('passes %j on as %j seconds', async (headers, seconds) => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl, { clock: createFakeClock() })
    mock.fail({ kind: 'status', status: 429, headers })
    expect((await failure(upstream)).retryAfterSeconds).toBe(seconds)
  })

  it('cannot make an error repeat the key, even by echoing it as its code', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl, { apiKey: 'sk-own' })
    mock.fail({ kind: 'status', status: 401, body: { error: { code: 'sk-own', type: 'bad_key_sk-own' } } })
    expect((await failure(upstream)).message).not.toContain('sk-own')
  })
})

describe('an upstream server that breaks', () => {
  const faults: [MockFault, string, string][] = [
    [{ kind: 'html' }, 'upstream-failed', 'text/html instead of a chat completion'],
    [{ kind: 'malformed-event', afterChunks: 2 }, 'upstream-failed', 'not valid JSON'],
    [{ kind: 'error-event', afterChunks: 2 }, 'upstream-failed', 'server_error'],
    [{ kind: 'cut', afterChunks: 2 }, 'stream-cut', ''],
    [{ kind: 'end', afterChunks: 2 }, 'stream-cut', 'broke off after 2 pieces'],
    [{ kind: 'end', afterChunks: 0 }, 'stream-cut', 'broke off after 0 pieces'],
    [{ kind: 'huge-event', bytes: 5_000_000 }, 'upstream-failed', 'more than'],
    [{ kind: 'raw', writes: ['{"status":"fine"}'], contentType: 'application/json' }, 'stream-cut', 'broke off'],
    [{ kind: 'raw', writes: ['{"choices":'], contentType: 'application/json' }, 'upstream-failed', 'not valid JSON'],
    [{ kind: 'raw', writes: ['data: [DONE]\n\n'] }, 'stream-cut', 'broke off'],
    [{ kind: 'raw', writes: [] }, 'stream-cut', 'broke off'],
  ]
  it.each(faults)('by %j ends in %s', async (fault, code, says) => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    mock.fail(fault)
    const error = await failure(upstream)
    expect(error.code).toBe(code)
    expect(error.message).toContain(says)
    expect(textOf(await read(upstream))).toBe('Hello from the mock.')
  })

  it('by being away is a dead link', async () => {
    const mock = await startMockUpstream()
    const { baseUrl } = mock
    await mock[Symbol.asyncDispose]()
    await using upstream = upstreamAt(baseUrl)
    expect((await failure(upstream)).code).toBe('link-down')
  })

  it('gives what came before the cut', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    mock.fail({ kind: 'cut', afterChunks: 3 })
    const parts: StreamPart[] = []
    const reading = (async () => {
      for await (const part of upstream.generate(sanitised(), never)) parts.push(part)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'stream-cut' })
    expect(textOf(parts)).toBe('Hello from the')
  })
})

describe('a request that did not pass the guard', () => {
  it('is not sent', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    const copy = { ...sanitised() }
    await expect(Array.fromAsync(upstream.generate(copy, never))).rejects.toThrow('passed the guard')
    expect(mock.requests).toEqual([])
  })
})
