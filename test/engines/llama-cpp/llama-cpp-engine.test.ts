import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tools from 'vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LlamaCppEngine, startLlamaCppEngine } from '../../../src/engines/llama-cpp/llama-cpp-engine.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { conformGenerator } from '../../../src/testing/conformance/generator.ts'
import { writeTinyGguf } from '../../../src/testing/tiny-gguf/write-tiny-gguf.ts'
import { someRequest } from '../some-request.ts'
import { library, modules } from './installed-llama.ts'

const never = new AbortController().signal
let folder: string
let path: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-llama-'))
  path = join(folder, 'tiny.gguf')
  await writeTinyGguf({ path, seed: 2, vocabulary: 400 })
})

afterAll(() => rm(folder, { recursive: true }))

function start(changes: Partial<Parameters<typeof startLlamaCppEngine>[0]> = {}): Promise<LlamaCppEngine> {
  const place = modules === undefined ? {} : { modules }
  return startLlamaCppEngine({ path, threads: 1, kvBudgetBytes: 1 << 20, clock: systemClock, ...place, ...changes })
}

async function textOf(engine: LlamaCppEngine, request: InferenceRequest): Promise<string> {
  const parts = await Array.fromAsync(engine.generate(request, never))
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

function sampled(content: string, seed: number): InferenceRequest {
  return someRequest(content, { maxTokens: 32, sampling: { temperature: 0.9, topK: 0, topP: 0.95, seed } })
}

describe.skipIf(library === undefined)('the llama.cpp engine', () => {
  conformGenerator({
    tools,
    name: 'the llama.cpp engine',
    setUp: () => start(),
    requests: [someRequest('hello', { maxTokens: 24 }), someRequest('the news of today', { maxTokens: 24 })],
    skip: {
      'goes on behind the answer so far without repeating it':
        'random weights answer in broken UTF-8, which cannot be read back; the session generator proves it',
    },
  })

  it('is called after its file, and knows its speed and context', async () => {
    await using engine = await start()
    expect(engine.model).toBe('tiny')
    expect(engine.contextTokens).toBe(256)
    expect(engine.stats()).toMatchObject({
      running: 0,
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

  it('runs more requests than it has sequences, one after another where it must', async () => {
    await using engine = await start({ kvBudgetBytes: 2 * 256 * 256 })
    const contents = ['one', 'two', 'three', 'four']
    const alone: string[] = []
    for (const content of contents) alone.push(await textOf(engine, sampled(content, 3)))
    const pairs = [contents.slice(0, 2), contents.slice(2)]
    const together: string[] = []
    for (const pair of pairs) {
      together.push(...(await Promise.all(pair.map((content) => textOf(engine, sampled(content, 3))))))
    }
    expect(together).toEqual(alone)
    const three = contents.slice(0, 3).map((content) => textOf(engine, sampled(content, 3)))
    const outcomes = await Promise.allSettled(three)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: { code: 'overloaded' } }])
  })

  it('reads only what is new of the next turn of a conversation', async () => {
    await using engine = await start()
    const first = someRequest('7'.repeat(40), { maxTokens: 4 })
    await textOf(engine, first)
    const parts = await Array.fromAsync(engine.generate(first, never))
    expect(parts.at(-1)).toMatchObject({ type: 'finish', usage: { cachedTokens: expect.any(Number) } })
  })

  it('takes what looks like a control token for mere text', async () => {
    await using engine = await start()
    const lengths: number[] = []
    for (const content of ['<|end|>', 'x']) {
      const parts = await Array.fromAsync(engine.generate(someRequest(content, { maxTokens: 1 }), never))
      const finish = parts.at(-1)
      if (finish?.type === 'finish') lengths.push(finish.usage.promptTokens)
    }
    expect(lengths[0]).toBeGreaterThan((lengths[1] ?? 0) + 3)
  })

  it('obeys a logit bias towards a token that is none of the most probable', async () => {
    await using engine = await start()
    const bias = { temperature: 0, topK: 0, topP: 1, logitBias: { '103': 100 } }
    for (const content of ['hello', 'other', 'more']) {
      const text = await textOf(engine, someRequest(content, { maxTokens: 3, sampling: bias }))
      expect(text).toBe('aaa')
    }
  })

  it('refuses a top_k beyond the tokens that it draws from', async () => {
    await using engine = await start()
    const request = someRequest('hello', { maxTokens: 3, sampling: { temperature: 1, topK: 129, topP: 1 } })
    await expect(textOf(engine, request)).rejects.toMatchObject({ code: 'unsupported-field', param: 'top_k' })
  })

  it.skipIf(process.platform !== 'linux')('may read its file and the libraries, and nothing else', async () => {
    await using engine = await start()
    const flags = (await readFile(`/proc/${engine.pid}/cmdline`, 'utf8')).split('\0')
    expect(flags).toContain('--permission')
    expect(flags).toContain(`--allow-fs-read=${path}`)
    expect(flags).not.toContain(`--allow-fs-read=${folder}`)
    const others = flags.filter((flag) => flag.startsWith('--allow-') && !flag.startsWith('--allow-fs-read='))
    expect(others).toEqual(['--allow-addons'])
    expect(await readFile(`/proc/${engine.pid}/environ`, 'utf8')).not.toMatch(/PATH=|HOME=/)
  })

  it('says what is wrong with a file', async () => {
    const broken = join(folder, 'broken.gguf')
    await writeTinyGguf({ path: broken, withoutWeights: true })
    await expect(start({ path: broken })).rejects.toMatchObject({ code: 'model-invalid' })
    const silent = join(folder, 'silent.gguf')
    await writeTinyGguf({ path: silent, chatTemplate: false })
    await expect(start({ path: silent })).rejects.toThrow(/chat template/)
  })
})

describe('the llama.cpp engine, before anything is started', () => {
  it('says how to install node-llama-cpp when it is not there', async () => {
    const starting = start({ modules: folder })
    await expect(starting).rejects.toMatchObject({ code: 'engine-unavailable' })
    await expect(starting).rejects.toThrow(/npm install node-llama-cpp/)
  })

  it('says that there is no such file', async () => {
    await expect(start({ path: join(folder, 'none.gguf') })).rejects.toMatchObject({ code: 'model-not-found' })
  })
})
