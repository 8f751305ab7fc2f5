import * as tools from 'vitest'
import { describe, expect, it } from 'vitest'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { conformGenerator } from '../../../src/testing/conformance/generator.ts'
import { someRequest } from '../some-request.ts'
import { answers, endId, idsOf, scriptedModel, vocabulary } from './scripted-model.ts'

const never = new AbortController().signal
const words = { weather: 'It rains cats and dogs.', news: 'Nothing new under the 太陽 😀.' }

conformGenerator({
  tools,
  name: 'a session generator',
  setUp: async () => scriptedModel({ next: answers(words) }).generator,
  requests: [someRequest('the weather'), someRequest('the news')],
})

async function textOf(parts: AsyncIterable<StreamPart>): Promise<string> {
  const all = await Array.fromAsync(parts)
  return all.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

describe('the generation loop', () => {
  it('reads a long prompt in chunks and then steps token by token', async () => {
    await using model = scriptedModel({ next: answers({ x: 'ok' }) })
    const parts = await Array.fromAsync(model.generator.generate(someRequest('x'.repeat(150)), never))
    // begin, user, 150 letters, end, assistant; then the first of two answer tokens and the second.
    expect(model.sessions.steps.map(({ ids }) => ids.length)).toEqual([64, 64, 26, 1, 1])
    expect(parts.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: { promptTokens: 154, completionTokens: 2 },
    })
  })

  it('makes no step behind the last token that maxTokens allows', async () => {
    await using model = scriptedModel({ next: answers(words) })
    await Array.fromAsync(model.generator.generate(someRequest('weather', { maxTokens: 2 }), never))
    expect(model.sessions.steps.filter(({ ids }) => ids.length === 1)).toHaveLength(1)
  })

  it('answers as much as the context holds when maxTokens is absent or more than that', async () => {
    await using model = scriptedModel({ contextTokens: 20, next: () => 40 })
    for (const changes of [{}, { maxTokens: 1000 }]) {
      const parts = await Array.fromAsync(model.generator.generate(someRequest('hi', changes), never))
      expect(parts.at(-1)).toMatchObject({ reason: 'length', usage: { promptTokens: 6, completionTokens: 14 } })
    }
  })

  it('refuses a prompt over the context with both numbers', async () => {
    await using model = scriptedModel({ contextTokens: 20 })
    const answer = Array.fromAsync(model.generator.generate(someRequest('a'.repeat(16)), never))
    await expect(answer).rejects.toMatchObject({ code: 'context-exceeded', param: 'messages' })
    await expect(answer).rejects.toThrow(/takes 20 tokens.* holds 20 /)
    expect(model.sessions.steps).toEqual([])
  })

  it('holds only as much context as the KV budget pays for', async () => {
    await using model = scriptedModel({ kvBudgetBytes: 80, kvBytesPerToken: 4 })
    expect(model.generator.contextTokens).toBe(20)
  })

  it('gives logarithms of the softmax at temperature 1, whatever the sampling, with bytes and alternatives', async () => {
    const row = new Float32Array(vocabulary).fill(-50)
    row[idsOf('a')[0] ?? 0] = 2
    row[idsOf('é')[0] ?? 0] = 1
    await using model = scriptedModel({ next: () => row })
    const request = someRequest('hi', { maxTokens: 1, topLogprobs: 2, sampling: { temperature: 9, topK: 1, topP: 1 } })
    const [part] = await Array.fromAsync(model.generator.generate(request, never))
    const normaliser = Math.log(Math.exp(2) + Math.exp(1))
    expect(part).toEqual({
      type: 'text-delta',
      text: 'a',
      logprobs: [
        {
          token: 'a',
          logprob: expect.closeTo(2 - normaliser, 5),
          bytes: [97],
          top: [
            { token: 'a', logprob: expect.closeTo(2 - normaliser, 5), bytes: [97] },
            { token: '\uFFFD', logprob: expect.closeTo(1 - normaliser, 5), bytes: [0xc3] },
          ],
        },
      ],
    })
  })

  it('gives no log-probabilities of a stop string', async () => {
    await using model = scriptedModel({ next: answers({ x: 'abcSTOPdef' }) })
    const request = someRequest('x', { stop: ['STOP'], topLogprobs: 0 })
    const parts = await Array.fromAsync(model.generator.generate(request, never))
    const tokens = parts.flatMap((part) => (part.type === 'text-delta' ? (part.logprobs ?? []) : []))
    expect(tokens.map(({ token }) => token).join('')).toBe('abc')
  })

  it('draws the same text from the same seed, another from another', async () => {
    await using model = scriptedModel({ next: () => new Float32Array(vocabulary) })
    const ask = (seed: number) =>
      textOf(
        model.generator.generate(
          someRequest('hi', { maxTokens: 40, sampling: { temperature: 1, topK: 0, topP: 1, seed } }),
          never,
        ),
      )
    expect(await ask(11)).toBe(await ask(11))
    expect(await ask(11)).not.toBe(await ask(12))
  })

  it('refuses what it cannot honour', async () => {
    await using model = scriptedModel({})
    const answer = model.generator.generate(someRequest('hi', { embedding: {} }), never)
    await expect(Array.fromAsync(answer)).rejects.toMatchObject({ code: 'unsupported-field', param: 'model' })
  })
})

describe('sessions of one model', () => {
  it('take turns step by step, prompts in between', async () => {
    await using model = scriptedModel({ next: () => 40 })
    const ask = (content: string, maxTokens: number) =>
      Array.fromAsync(model.generator.generate(someRequest(content, { maxTokens }), never))
    await Promise.all([ask('a'.repeat(180), 1), ask('b', 4), ask('c', 4)])
    const order = model.sessions.steps.map(({ session }) => session)
    expect(order).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 2])
  })

  it('give back their memory, whether they end, fail, are aborted or left', async () => {
    await using model = scriptedModel({ next: () => 40 })
    const aborting = new AbortController()
    await Array.fromAsync(model.generator.generate(someRequest('a', { maxTokens: 3 }), never))
    const aborted = Array.fromAsync(model.generator.generate(someRequest('b'), aborting.signal))
    for await (const _ of model.generator.generate(someRequest('c'), never)) break
    expect(model.generator.stats()).toMatchObject({ running: 1, kvBytes: 256 * 4 })
    aborting.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    expect(model.generator.stats()).toMatchObject({ running: 0, kvBytes: 0 })
    await model.generator[Symbol.asyncDispose]()
    expect(model.sessions.open).toBe(0)
  })

  it('finish the step they are in after an abort and show nothing of it; those that wait make none', async () => {
    const aborting = new AbortController()
    const held = Promise.withResolvers<void>()
    await using model = scriptedModel({
      next: () => 40,
      beforeStep: ({ session }) => (session === 0 ? held.promise : Promise.resolve()),
    })
    const first = model.generator.generate(someRequest('a'), aborting.signal)[Symbol.asyncIterator]().next()
    const second = Array.fromAsync(model.generator.generate(someRequest('b'), aborting.signal))
    await expect.poll(() => model.sessions.steps.length).toBe(1)
    aborting.abort()
    await expect(second).rejects.toMatchObject({ code: 'aborted' })
    held.resolve()
    await expect(first).rejects.toMatchObject({ code: 'aborted' })
    expect(model.sessions.steps).toHaveLength(1)
    expect(await textOf(model.generator.generate(someRequest('c', { maxTokens: 2 }), never))).toHaveLength(2)
  })

  it('are refused with a time to come back when their memory is taken', async () => {
    await using model = scriptedModel({ next: () => 40, kvBytesPerToken: 4, contextTokens: 64, kvBudgetBytes: 100 * 4 })
    const ask = (maxTokens?: number) =>
      model.generator.generate(someRequest('a', maxTokens === undefined ? {} : { maxTokens }), never)
    const first = ask()[Symbol.asyncIterator]()
    await first.next()
    await expect(Array.fromAsync(ask())).rejects.toMatchObject({
      code: 'overloaded',
      status: 429,
      retryAfterSeconds: expect.any(Number),
    })
    expect((await Array.fromAsync(ask(20))).at(-1)?.type).toBe('finish')
    await first.return?.()
    expect((await Array.fromAsync(ask())).at(-1)?.type).toBe('finish')
  })

  it('have measured speeds after warming up', async () => {
    await using model = scriptedModel({ next: () => endId })
    expect(model.generator.stats().decodeTokensPerSecond).toBe(undefined)
    await model.generator.warmUp()
    expect(model.generator.stats().decodeTokensPerSecond).toBeGreaterThan(0)
    expect(model.generator.stats().prefillTokensPerSecond).toBeGreaterThan(0)
    expect(model.sessions.open).toBe(0)
  })
})
