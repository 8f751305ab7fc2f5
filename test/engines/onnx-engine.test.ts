import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tools from 'vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OnnxEngine, startOnnxEngine } from '../../src/engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../src/model-store/folder.ts'
import type { ModelManifest } from '../../src/spec/model-manifest.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { conformGenerator } from '../../src/testing/conformance/generator.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'
import { someRequest } from './some-request.ts'

const never = new AbortController().signal
let folder: string
let manifest: ModelManifest

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-onnx-'))
  manifest = await writeTinyDecoder({ folder: join(folder, 'tiny'), seed: 2, vocabulary: 400 })
})

afterAll(() => rm(folder, { recursive: true }))

function start(changes: Partial<Parameters<typeof startOnnxEngine>[0]> = {}): Promise<OnnxEngine> {
  return startOnnxEngine({ manifest, threads: 1, kvBudgetBytes: 1 << 26, clock: systemClock, ...changes })
}

async function textOf(engine: OnnxEngine, request: InferenceRequest): Promise<string> {
  const parts = await Array.fromAsync(engine.generate(request, never))
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

function sampled(content: string, seed: number): InferenceRequest {
  return someRequest(content, { maxTokens: 48, sampling: { temperature: 0.9, topK: 0, topP: 0.95, seed } })
}

conformGenerator({
  tools,
  name: 'the onnx engine',
  setUp: () => start(),
  requests: [someRequest('hello', { maxTokens: 24 }), someRequest('the news of today', { maxTokens: 24 })],
  skip: {
    'goes on behind the answer so far without repeating it':
      'random weights answer in broken UTF-8, which cannot be read back; the session generator proves it',
  },
})

describe('the onnx engine', () => {
  it('answers under the name it was given, and knows its speed and context', async () => {
    await using engine = await start({ model: 'other' })
    expect(engine.model).toBe('other')
    expect(engine.contextTokens).toBe(256)
    expect(engine.stats()).toMatchObject({
      running: 0,
      kvBytes: 0,
      restarts: 0,
      prefillTokensPerSecond: expect.any(Number),
      decodeTokensPerSecond: expect.any(Number),
    })
  })

  it('gives the same text for the same seed in another process', async () => {
    const texts: string[] = []
    for (const seed of [5, 5, 6]) {
      await using engine = await start()
      texts.push(await textOf(engine, sampled('hello', seed)))
    }
    expect(texts[0]).toBe(texts[1])
    expect(texts[0]).not.toBe(texts[2])
  })

  it('reads only what is new of the second turn of a conversation, and says so', async () => {
    const bundled = await readModelFolder({ folder: join(import.meta.dirname, '../../models/edgewise-edge') })
    await using engine = await start({ manifest: bundled })
    const question = 'How do I list all files in a folder, with their sizes and the time of their last change?'
    const first = await Array.fromAsync(engine.generate(someRequest(question, { maxTokens: 40 }), never))
    const answer = first.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
    const messages = [
      { role: 'user' as const, content: question },
      { role: 'assistant' as const, content: answer },
      { role: 'user' as const, content: 'And only the largest one?' },
    ]
    const second = await Array.fromAsync(engine.generate(someRequest('', { messages, maxTokens: 8 }), never))
    const [before, after] = [first.at(-1), second.at(-1)].map((part) =>
      part?.type === 'finish' ? part.usage : undefined,
    )
    expect(before).not.toHaveProperty('cachedTokens')
    expect(after?.cachedTokens).toBeGreaterThanOrEqual(before?.promptTokens ?? 0)
    expect(after?.cachedTokens).toBeLessThan(after?.promptTokens ?? 0)
  })

  it('gives each of four requests at the same time the text that it gives alone', async () => {
    await using engine = await start()
    const requests = ['a', 'b'.repeat(150), 'c d e', 'f'].map((content, seed) => sampled(content, seed))
    const alone: string[] = []
    for (const request of requests) alone.push(await textOf(engine, request))
    expect(await Promise.all(requests.map((request) => textOf(engine, request)))).toEqual(alone)
    expect(new Set(alone).size).toBe(4)
  })

  it('is up again with the same answers after its process was killed at work', async () => {
    await using engine = await start()
    const whole = await textOf(engine, sampled('hello', 5))
    const { pid } = engine
    // Enough work to be in the middle of it when the first part comes.
    const answers = Array.from({ length: 16 }, (_, seed) => engine.generate(sampled('hello', seed), never))
    const readings = answers.map(async (parts) => {
      for await (const _ of parts) if (engine.pid === pid) process.kill(pid ?? 0, 'SIGKILL')
    })
    const outcomes = await Promise.allSettled(readings)
    expect(outcomes).toContainEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'engine-crashed' }) })
    await expect.poll(() => engine.unavailable(), { timeout: 10_000 }).toBe(undefined)
    expect(await textOf(engine, sampled('hello', 5))).toBe(whole)
    expect(engine.stats().restarts).toBe(1)
  })

  it('has no work left soon after an abort', async () => {
    await using engine = await start()
    const controller = new AbortController()
    const reading = engine.generate(someRequest('hello'), controller.signal)[Symbol.asyncIterator]()
    await reading.next()
    controller.abort()
    await expect(reading.next()).rejects.toMatchObject({ code: 'aborted' })
    await expect.poll(() => engine.stats()).toMatchObject({ running: 0, kvBytes: 0 })
  })

  it('refuses a request for which no KV memory is free, with a time to come back', async () => {
    const kvBytesPerToken = 2 * manifest.layers * manifest.kvHeads * manifest.headDim * 4
    await using engine = await start({ kvBudgetBytes: 300 * kvBytesPerToken })
    const outcomes = await Promise.allSettled([1, 2].map(() => textOf(engine, someRequest('hello'))))
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'overloaded', retryAfterSeconds: expect.any(Number) } },
    ])
  })

  it('takes text that is no valid Unicode', async () => {
    await using engine = await start()
    expect(await textOf(engine, someRequest('a\uD800b', { maxTokens: 4 }))).toEqual(expect.any(String))
  })

  it('rejects with what is wrong with a damaged model', async () => {
    const broken = await writeTinyDecoder({ folder: join(folder, 'broken') })
    await writeFile(join(broken.folder, 'onnx', 'model.onnx'), 'no graph')
    await expect(start({ manifest: broken })).rejects.toMatchObject({ code: 'model-invalid' })
    await rm(join(broken.folder, 'tokenizer.json'))
    await expect(start({ manifest: broken })).rejects.toThrow(/has no tokenizer\.json/)
  })
})
