import { describe, expect, it } from 'vitest'
import { deliveredVectors } from '../../../src/engines/embedder.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { mockVector } from '../../../src/testing/mock-upstream/mock-other-answers.ts'
import { startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { sanitised, upstreamAt } from './mock-model.ts'

const { signal } = new AbortController()
const texts = ['the pump', 'a valve']
const vectorsOf = (more: Partial<InferenceRequest> = {}) =>
  sanitised({ messages: texts.map((content) => ({ role: 'user', content })), embedding: {}, ...more })
const completion = (more: Partial<InferenceRequest> = {}) => sanitised({ rawPrompt: true, maxTokens: 5, ...more })

describe('vectors of an upstream server', () => {
  it('are asked for at their own address and given exactly, with their tokens', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl, {
      upstreamModel: 'e5',
      apiKey: 'sk-1',
      capabilities: ['embeddings'],
    })
    const request = vectorsOf({ embedding: { dimensions: 3 } })
    const parts = await Array.fromAsync(upstream.generate(request, signal))
    expect(parts).toEqual([{ type: 'finish', reason: 'stop', usage: { promptTokens: 4, completionTokens: 0 } }])
    const vectors = deliveredVectors(request)
    expect(vectors).toEqual(texts.map((text) => Float32Array.from(mockVector(text))))
    expect(mock.requests).toMatchObject([
      {
        path: '/v1/embeddings',
        headers: { authorization: 'Bearer sk-1' },
        body: { model: 'e5', input: texts, dimensions: 3, encoding_format: 'float' },
      },
    ])
  })

  it.each([
    ['another number of them', { data: [{ index: 0, embedding: [1] }] }, 'upstream-failed'],
    ['one of another length', { data: [{ embedding: [1] }, { embedding: [1, 2] }] }, 'upstream-failed'],
    ['none', { data: [{ embedding: [] }, { embedding: [] }] }, 'upstream-failed'],
    ['words in their place', { data: [{ embedding: ['a'] }, { embedding: ['b'] }] }, 'upstream-failed'],
    ['broken base64', { data: [{ embedding: 'AAA' }, { embedding: '%' }] }, 'upstream-failed'],
    ['an answer to something else', { choices: [] }, 'upstream-failed'],
  ])('are refused when the server gives %s', async (_name, body, code) => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl, { capabilities: ['embeddings'] })
    mock.fail({ kind: 'raw', contentType: 'application/json', writes: [JSON.stringify(body)] })
    await expect(Array.fromAsync(upstream.generate(vectorsOf(), signal))).rejects.toMatchObject({ code })
  })

  it('are read as base64 too, in the order of their indexes, without usage', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl, { capabilities: ['embeddings'] })
    const one = Buffer.from(new Float32Array([1, -2]).buffer).toString('base64')
    const data = [
      { index: 1, embedding: [3, 4] },
      { index: 0, embedding: one },
    ]
    mock.fail({ kind: 'raw', contentType: 'application/json', writes: [JSON.stringify({ data })] })
    const request = vectorsOf()
    await Array.fromAsync(upstream.generate(request, signal))
    expect(deliveredVectors(request).map((vector) => [...vector])).toEqual([
      [1, -2],
      [3, 4],
    ])
  })

  it('fail with what the status means', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl, { capabilities: ['embeddings'] })
    mock.fail({ kind: 'status', status: 429 }, { kind: 'status', status: 500 }, { kind: 'cut', afterChunks: 0 })
    for (const code of ['overloaded', 'upstream-failed']) {
      await expect(Array.fromAsync(upstream.generate(vectorsOf(), signal))).rejects.toMatchObject({ code })
    }
  })
})

describe('raw prompts at an upstream server', () => {
  it('go to its completions, where the answer so far simply follows the prompt', async () => {
    await using mock = await startMockUpstream({ answer: { pieces: ['wor', 'ld'] } })
    await using upstream = upstreamAt(mock.baseUrl, { capabilities: ['completions', 'continuation', 'logprobs'] })
    const request = completion({ answerSoFar: ', old', topLogprobs: 2, stop: ['!'] })
    const parts = await Array.fromAsync(upstream.generate(request, signal))
    expect(parts).toMatchObject([
      {
        type: 'text-delta',
        text: 'wor',
        logprobs: [{ token: 'wor', logprob: -0.1, top: [{ token: 'wor' }, { token: 'other' }] }],
      },
      { type: 'text-delta', text: 'ld' },
      { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 2 } },
    ])
    expect(mock.requests).toMatchObject([
      {
        path: '/v1/completions',
        body: { prompt: 'hello, old', max_tokens: 5, logprobs: 2, stop: ['!'], stream: true },
      },
    ])
  })

  it('are read from one JSON body as well', async () => {
    await using mock = await startMockUpstream({
      answer: { pieces: ['wor', 'ld'], finishReason: 'length' },
      neverStreams: true,
    })
    await using upstream = upstreamAt(mock.baseUrl, { capabilities: ['completions'] })
    const parts = await Array.fromAsync(upstream.generate(completion(), signal))
    expect(parts).toMatchObject([{ text: 'world' }, { reason: 'length' }])
  })

  it('and vectors are refused, before anything is sent, by a server that does not declare them', async () => {
    await using mock = await startMockUpstream()
    await using upstream = upstreamAt(mock.baseUrl)
    for (const request of [completion(), vectorsOf()]) {
      const asked = Array.fromAsync(upstream.generate(request, signal))
      await expect(asked).rejects.toMatchObject({ code: 'unsupported-field' })
    }
    expect(mock.requests).toEqual([])
  })
})
