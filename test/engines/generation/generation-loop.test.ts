import { describe, expect, it } from 'vitest'
import { type GenerationOptions, generationLoop } from '../../../src/engines/generation/generation-loop.ts'
import type { Sampling } from '../../../src/spec/request.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { createScriptedSessionModel } from '../../../src/testing/scripted-session.ts'
import { someRequest } from '../some-request.ts'
import { scriptedConstraint } from './scripted-constraint.ts'
import { endId, idsOf, scriptedModel, textSide, vocabulary } from './scripted-model.ts'

const never = new AbortController().signal
const idOf = (letter: string) => idsOf(letter)[0] ?? 0
const greedy: Sampling = { temperature: 0, topK: 0, topP: 1 }

/** Logits of the named letters, and of the end as ''; all others are far below. */
function rowOf(logits: Readonly<Record<string, number>>): Float32Array {
  const row = new Float32Array(vocabulary).fill(-50)
  for (const [letter, logit] of Object.entries(logits)) row[letter === '' ? endId : idOf(letter)] = logit
  return row
}

/** Answers behind an empty session whose model always gives the same row. */
async function answer(row: Float32Array, options: Partial<GenerationOptions> = {}) {
  const model = createScriptedSessionModel({ vocabulary, next: () => row })
  await using session = model.openSession()
  const parts = await Array.fromAsync(
    generationLoop({
      session,
      tokenizer: textSide.tokenizer,
      prompt: [3, idOf('q'), 4],
      request: someRequest('q'),
      endIds: new Set([endId]),
      room: 6,
      random: () => 0.5,
      signal: never,
      ...options,
    }),
  )
  return { text: parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join(''), parts, model }
}

function withSampling(sampling: Partial<Sampling>, topLogprobs?: number) {
  return someRequest('q', {
    sampling: { ...greedy, ...sampling },
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
  })
}

describe('penalties and biases', () => {
  it.each<[string, Partial<Sampling>, string]>([
    ['nothing', {}, 'aaaaaa'],
    ['a presence penalty, once for each token', { presencePenalty: 1.5 }, 'abcaaa'],
    ['a frequency penalty, for each time', { frequencyPenalty: 0.6 }, 'aabcab'],
    ['a repetition penalty', { repetitionPenalty: 2 }, 'abcaaa'],
    ['a bias', { logitBias: { [idOf('c')]: 5 } }, 'cccccc'],
    ['a bias against a token', { logitBias: { [idOf('a')]: -100 } }, 'bbbbbb'],
  ])('steer a greedy answer: %s', async (_, sampling, text) => {
    expect((await answer(rowOf({ a: 4, b: 3.2, c: 2.9 }), { request: withSampling(sampling) })).text).toBe(text)
  })

  it('reach the prompt by the repetition penalty', async () => {
    const row = rowOf({ q: 4, a: 3 })
    expect((await answer(row, { request: withSampling({ repetitionPenalty: 2 }), room: 1 })).text).toBe('a')
    expect((await answer(row, { request: withSampling({ presencePenalty: 2 }), room: 1 })).text).toBe('q')
  })

  it('count what another model already gave of the answer', async () => {
    const request = { ...withSampling({ presencePenalty: 2 }), answerSoFar: 'a' }
    expect((await answer(rowOf({ a: 4, b: 3 }), { request, room: 1 })).text).toBe('b')
  })

  it('leave the reported log-probabilities those of the model', async () => {
    const request = withSampling({ logitBias: { [idOf('b')]: 50 }, minP: 0.9 }, 20)
    const { parts } = await answer(rowOf({ a: 1, b: 0 }), { request, room: 1 })
    const [part] = parts as [Extract<StreamPart, { type: 'text-delta' }>]
    const normaliser = Math.log(Math.E + 1)
    expect(part.logprobs?.[0]).toMatchObject({ token: 'b', logprob: expect.closeTo(-normaliser, 5) })
    expect(part.logprobs?.[0]?.top).toHaveLength(20)
    expect(part.logprobs?.[0]?.top[0]).toMatchObject({ token: 'a', logprob: expect.closeTo(1 - normaliser, 5) })
  })

  it('refuse a token that the model does not have, before any work', async () => {
    await using model = scriptedModel({ next: () => endId })
    const request = withSampling({ logitBias: { [vocabulary]: 1 } })
    const asked = Array.fromAsync(model.generator.generate(request, never))
    await expect(asked).rejects.toMatchObject({ code: 'invalid-request', param: 'logit_bias' })
    await expect(asked).rejects.toThrow(`names token ${vocabulary}, `)
    expect(model.sessions.steps).toEqual([])
  })
})

describe('a constraint', () => {
  it('is asked for every token, the one that ends the answer too', async () => {
    const word = [...'abc'].map(idOf)
    const constraint = scriptedConstraint((ids) => new Set([word[ids.length] ?? endId]))
    const { text, parts } = await answer(rowOf({ a: 3, '': 2, z: 9 }), { constraint })
    expect(text).toBe('abc')
    expect(parts.at(-1)).toMatchObject({ reason: 'stop', usage: { completionTokens: 3 } })
    // Four free draws and four under the mask.
    expect(constraint.asked).toEqual({ accepts: 8, masks: 4 })
  })

  it('keeps the end away until it allows it', async () => {
    const constraint = scriptedConstraint((ids) => new Set(ids.length < 2 ? [idOf('a')] : [idOf('a'), endId]))
    expect((await answer(rowOf({ '': 9, a: 1 }), { constraint })).text).toBe('aa')
  })

  it('never lets a token come that it forbids, whatever the sampling', async () => {
    const allowed = new Set([...'xyz'].map(idOf))
    for (const sampling of [
      { topK: 2 },
      { topP: 0.3 },
      { minP: 0.5 },
      { repetitionPenalty: 1.5, presencePenalty: -1 },
    ]) {
      const request = withSampling({ temperature: 1, seed: 5, ...sampling })
      const { text } = await answer(rowOf({ a: 5, b: 4, x: 1, y: 1, z: 0 }), {
        request,
        constraint: scriptedConstraint(() => allowed),
        room: 30,
      })
      expect(text).toMatch(/^[xyz]{30}$/)
    }
  })
})

describe('a session that holds a beginning of the prompt', () => {
  it('is stepped from there on, and the answer says how much it held', async () => {
    const model = createScriptedSessionModel({ vocabulary, next: () => rowOf({ a: 1 }) })
    await using session = model.openSession()
    await session.step({ kind: 'tokens', ids: [3, 4] }, 'last')
    const { parts } = await answer(rowOf({}), { session, prompt: [3, 4, 3, 4, 4], room: 1 })
    expect(model.steps.map(({ ids }) => ids)).toEqual([
      [3, 4],
      [3, 4, 4],
    ])
    expect(parts.at(-1)).toMatchObject({ usage: { promptTokens: 5, cachedTokens: 2, completionTokens: 1 } })
  })
})

describe('requests of different priority', () => {
  it('step in that order', async () => {
    const first = Promise.withResolvers<void>()
    await using model = scriptedModel({
      next: () => 40,
      beforeStep: ({ session }) => (session === 0 ? first.promise : Promise.resolve()),
    })
    const running = (['normal', 'background', 'normal', 'urgent'] as const).map((priority, index) =>
      Array.fromAsync(model.generator.generate(someRequest(`${index}`, { maxTokens: 3, priority }), never)),
    )
    await expect.poll(() => model.sessions.steps.length).toBe(1)
    first.resolve()
    await Promise.all(running)
    expect(model.sessions.steps.map(({ session }) => session).join('')).toBe('033320202111')
  })
})
