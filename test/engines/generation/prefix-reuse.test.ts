import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createSessionGenerator, type SessionGenerator } from '../../../src/engines/generation/session-generator.ts'
import { loadOnnxModel } from '../../../src/engines/onnx/load-onnx-model.ts'
import type { InferenceRequest, Message } from '../../../src/spec/request.ts'
import type { Usage } from '../../../src/spec/stream-part.ts'
import { writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'
import { someRequest } from '../some-request.ts'
import { idsOf, scriptedModel, textSide, vocabulary } from './scripted-model.ts'

const never = new AbortController().signal
const folder = await mkdtemp(join(tmpdir(), 'edgewise-reuse-'))
afterAll(() => rm(folder, { recursive: true }))
const manifest = await writeTinyDecoder({ folder: join(folder, 'tiny'), seed: 4, vocabulary, contextTokens: 512 })

interface Answer {
  readonly text: string
  readonly usage: Usage | undefined
}

async function ask(generator: SessionGenerator, request: InferenceRequest, signal = never): Promise<Answer> {
  let text = ''
  for await (const part of generator.generate(request, signal)) {
    if (part.type === 'text-delta') text += part.text
    if (part.type === 'finish') return { text, usage: part.usage }
  }
  return { text, usage: undefined }
}

/** A real f32 decoder behind the loop, which no token ends. */
async function tinyGenerator(): Promise<SessionGenerator> {
  return createSessionGenerator({
    model: 'tiny',
    sessions: await loadOnnxModel({ manifest, threads: 1 }),
    ...textSide,
    endIds: new Set(),
    kvBudgetBytes: 2 ** 22,
    random: Math.random,
    monotonic: () => performance.now(),
  })
}

/** Follows every sequence with a digit that depends on all of it; digits are tokens of their own. */
function hashed(ids: readonly number[]): number {
  const hash = ids.reduce((sum, id) => (Math.imul(sum, 31) + id) | 0, 7)
  return idsOf(String(Math.abs(hash) % 10))[0] ?? 0
}

function turns(...contents: string[]): InferenceRequest {
  const messages = contents.map(
    (content, index): Message => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }),
  )
  return someRequest('', { messages, maxTokens: 24 })
}

describe('the second turn of a conversation', () => {
  it('reads only what is new, and answers as a cold start does', async () => {
    await using warm = await tinyGenerator()
    const opening = 'tell me about the weather of today and tomorrow'
    const first = await ask(warm, turns(opening))
    expect(first.usage?.cachedTokens).toBe(undefined)
    const request = turns(opening, first.text, 'and what about the day after that?')
    const second = await ask(warm, request)
    await using cold = await tinyGenerator()
    const expected = await ask(cold, request)
    expect(second.text).toBe(expected.text)
    // At least the first prompt; the answer too as far as its text gives the same tokens again.
    expect(second.usage?.cachedTokens).toBeGreaterThanOrEqual(first.usage?.promptTokens ?? 0)
    expect(second.usage).toMatchObject({ ...expected.usage, cachedTokens: expect.any(Number) })
  })

  it('steps the tokens behind the shared ones, in one chunk', async () => {
    await using model = scriptedModel({ next: hashed })
    const first = await ask(model.generator, turns('a question of some length'))
    const before = model.sessions.steps.length
    const second = await ask(model.generator, turns('a question of some length', first.text, 'and another'))
    const [step] = model.sessions.steps.slice(before)
    expect(step).toMatchObject({ session: 0, position: second.usage?.cachedTokens })
    expect(step?.ids).toHaveLength((second.usage?.promptTokens ?? 0) - (second.usage?.cachedTokens ?? 0))
    // The last token of the first answer was never stepped.
    expect(second.usage?.cachedTokens).toBe((first.usage?.promptTokens ?? 0) + 23)
  })

  it('starts cold when it has a seed, so that a seed always gives the same text', async () => {
    await using model = scriptedModel({ next: hashed })
    const seeded = { ...turns('a question of some length'), sampling: { temperature: 1, topK: 0, topP: 1, seed: 3 } }
    const answers = [await ask(model.generator, seeded), await ask(model.generator, seeded)]
    expect(answers[1]).toEqual(answers[0])
    expect(answers[1]?.usage?.cachedTokens).toBe(undefined)
  })
})

describe('a seed', () => {
  it('gives the same text from a session with memory of other requests as from a new one', async () => {
    const seeded = { ...turns('hello there'), sampling: { temperature: 1, topK: 0, topP: 1, seed: 9 } }
    await using fresh = await tinyGenerator()
    const { text } = await ask(fresh, seeded)
    await using used = await tinyGenerator()
    for (let index = 0; index < 9; index++) await ask(used, turns(`${index} and some more words`))
    expect((await ask(used, seeded)).text).toBe(text)
  })
})

describe('a kept session', () => {
  it('never answers otherwise than a cold one, wherever requests before it were aborted or left', async () => {
    const conversation = fc.record({
      opening: fc.constantFrom('the weather of today', 'the weather of tomorrow', 'the weather'),
      parts: fc.nat(30),
      end: fc.constantFrom('finish', 'abort', 'leave'),
      // A request in the middle of which the next one begins.
      overlaps: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(conversation, { minLength: 2, maxLength: 8 }), async (requests) => {
        await using warm = scriptedModel({ next: hashed })
        const running: Promise<unknown>[] = []
        for (const { opening, parts, end, overlaps } of requests) {
          const reading = readSome(warm.generator, turns(opening), parts, end)
          if (overlaps) running.push(reading)
          else await reading
        }
        await Promise.all(running)
        for (const { opening } of requests) {
          await using cold = scriptedModel({ next: hashed })
          const [given, expected] = [
            await ask(warm.generator, turns(opening)),
            await ask(cold.generator, turns(opening)),
          ]
          expect(given.text).toBe(expected.text)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('gives its memory to a request that needs it', async () => {
    await using model = scriptedModel({ next: hashed, kvBytesPerToken: 4, kvBudgetBytes: 300 * 4 })
    for (const opening of ['first', 'second', 'third']) await ask(model.generator, turns(opening.repeat(6)))
    expect(model.sessions.open).toBe(3)
    const whole = await ask(model.generator, someRequest('all of the context', {}))
    expect(whole.usage?.completionTokens).toBeGreaterThan(200)
    expect(model.sessions.open).toBe(1)
  })
})

async function readSome(generator: SessionGenerator, request: InferenceRequest, parts: number, end: string) {
  const aborting = new AbortController()
  let read = 0
  try {
    for await (const _ of generator.generate(request, aborting.signal)) {
      if (++read < parts) continue
      if (end === 'leave') break
      if (end === 'abort') aborting.abort()
    }
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'aborted' })
  }
}
