import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OnnxEmbedder, startOnnxEmbedder } from '../../../src/engines/embedding/onnx-embedder.ts'
import { readEmbeddingFolder } from '../../../src/model-store/embedding-folder.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { wordPieces } from '../../../src/testing/tiny-encoder/tiny-word-pieces.ts'
import { type TinyEncoderOptions, writeTinyEncoder } from '../../../src/testing/tiny-encoder/write-tiny-encoder.ts'
import { someRequest } from '../some-request.ts'
import { PlainBert } from './plain-bert.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-embedder-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const { signal } = new AbortController()

async function start(name: string, modules?: TinyEncoderOptions['modules']): Promise<OnnxEmbedder> {
  const folder = join(root, name)
  await writeTinyEncoder({ folder, ...(modules === undefined ? {} : { modules }) })
  return startOnnxEmbedder({ manifest: await readEmbeddingFolder({ folder }), threads: 1, clock: systemClock })
}

function asking(texts: readonly string[], dimensions?: number): InferenceRequest {
  return {
    ...someRequest(''),
    messages: texts.map((content) => ({ role: 'user', content })),
    embedding: dimensions === undefined ? {} : { dimensions },
  }
}

function idsOf(pieces: readonly string[]): readonly number[] {
  return ['[CLS]', ...pieces, '[SEP]'].map((piece) => wordPieces.indexOf(piece))
}

function distance(left: Iterable<number>, right: readonly number[]): number {
  return Math.max(...[...left].map((value, at) => Math.abs(value - (right[at] ?? Number.NaN))))
}

function unit(vector: readonly number[]): readonly number[] {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

describe('an embedding model on this machine', () => {
  let embedder: OnnxEmbedder
  beforeAll(async () => {
    embedder = await start('plain')
  })
  afterAll(() => embedder[Symbol.asyncDispose]())

  const reference = () => new PlainBert({ folder: join(root, 'plain'), heads: 4, layers: 2 })
  const sentence = idsOf(['the', 'pump', '##s', 'is', 'loud', '!'])

  it('gives the mean of the token vectors, scaled to length 1, as plain arithmetic does', async () => {
    const { vectors, promptTokens } = await embedder.embed(asking(['The PUMPs is loud!']), signal)
    const hidden = reference().run(sentence)
    const mean = hidden[0]?.map((_, column) => hidden.reduce((sum, row) => sum + (row[column] ?? 0), 0) / hidden.length)
    expect(promptTokens).toBe(sentence.length)
    expect(distance(vectors[0] ?? [], unit(mean ?? []))).toBeLessThan(1e-5)
  })

  it('gives a vector for each text in order, whatever stands beside it, and counts all tokens', async () => {
    const texts = ['a valve', 'the bearing is hot', 'cold']
    const together = await embedder.embed(asking(texts), signal)
    const alone = await Promise.all(texts.map((text) => embedder.embed(asking([text]), signal)))
    expect(together.vectors).toEqual(alone.map(({ vectors }) => vectors[0]))
    expect(together.promptTokens).toBe(alone.reduce((sum, { promptTokens }) => sum + promptTokens, 0))
    expect(together.promptTokens).toBe(4 + 6 + 3)
  })

  it('reads what looks like a control token as mere text', async () => {
    const { promptTokens } = await embedder.embed(asking(['[SEP]']), signal)
    expect(promptTokens).toBe(2 + ['[', 's', '##e', '##p', ']'].length)
  })

  it('refuses a text that does not fit, with both numbers, and goes on', async () => {
    const long = embedder.embed(asking(['hot', 'cold '.repeat(31)]), signal)
    await expect(long).rejects.toMatchObject({ code: 'context-exceeded', param: 'input.1' })
    await expect(long).rejects.toThrow(/33 tokens.*holds 32/)
    await expect(embedder.embed(asking(['x'.repeat(5_000_000)]), signal)).rejects.toMatchObject({
      code: 'context-exceeded',
    })
    expect((await embedder.embed(asking(['hot']), signal)).vectors).toHaveLength(1)
  })

  it('refuses another length than its own', async () => {
    await expect(embedder.embed(asking(['hot'], 8), signal)).rejects.toMatchObject({ param: 'dimensions' })
    expect((await embedder.embed(asking(['hot'], 32), signal)).vectors[0]).toHaveLength(32)
  })

  it('stops when it is no longer wanted, and answers the next one', async () => {
    const leaving = new AbortController()
    const asked = embedder.embed(asking(Array.from({ length: 2000 }, () => 'the pump is hot')), leaving.signal)
    leaving.abort()
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
    expect((await embedder.embed(asking(['hot']), signal)).vectors).toHaveLength(1)
  })

  it('comes back when its process is killed', async () => {
    const { pid } = embedder
    if (pid === undefined) throw new Error('the embedder has no process')
    const asked = embedder.embed(asking(Array.from({ length: 2000 }, () => 'the pump is hot')), signal)
    process.kill(pid, 'SIGKILL')
    await expect(asked).rejects.toMatchObject({ code: 'engine-crashed' })
    await expect.poll(() => embedder.unavailable(), { timeout: 10_000 }).toBeUndefined()
    expect((await embedder.embed(asking(['hot']), signal)).vectors).toHaveLength(1)
  })
})

it('an embedding model whose process hangs is killed, and comes back', async () => {
  const clock = createFakeClock()
  const folder = join(root, 'hung')
  await writeTinyEncoder({ folder })
  await using embedder = await startOnnxEmbedder({ manifest: await readEmbeddingFolder({ folder }), threads: 1, clock })
  if (embedder.pid === undefined) throw new Error('the embedder has no process')
  process.kill(embedder.pid, 'SIGSTOP')
  let failure: unknown
  embedder.embed(asking(['the pump is hot']), signal).catch((thrown) => {
    failure = thrown
  })
  while (failure === undefined && clock.monotonic() < 120_000) await clock.advance(1000)
  expect(failure).toMatchObject({ code: 'engine-crashed', retryable: true })
  await expect.poll(() => embedder.unavailable(), { timeout: 20_000 }).toBeUndefined()
  expect((await embedder.embed(asking(['hot']), signal)).vectors).toHaveLength(1)
})

describe('the folder of an embedding model', () => {
  it('says what becomes the vector of a text', async () => {
    await using embedder = await start('cls', { pooling: 'cls', normalise: false })
    const { vectors } = await embedder.embed(asking(['hot']), signal)
    const hidden = new PlainBert({ folder: join(root, 'cls'), heads: 4, layers: 2 }).run(idsOf(['hot']))
    expect(distance(vectors[0] ?? [], hidden[0] ?? [])).toBeLessThan(1e-5)
  })

  it('is read without its weights', async () => {
    const folder = join(root, 'read')
    await writeTinyEncoder({ folder, modules: { pooling: 'mean', normalise: true } })
    writeFileSync(join(folder, 'sentence_bert_config.json'), '{"max_seq_length": 16}')
    expect(await readEmbeddingFolder({ folder })).toMatchObject({
      id: 'read',
      path: join('onnx', 'model.onnx'),
      dimensions: 32,
      contextTokens: 16,
      pooling: 'mean',
      normalises: true,
    })
  })

  it.each([
    ['config.json', '{"hidden_size": 32}', /max_position_embeddings/],
    ['modules.json', '[{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}]', /Dense/],
    ['1_Pooling/config.json', '{"pooling_mode_max_tokens": true}', /pooling/],
  ])('is refused when %s does not fit', async (name, content, said) => {
    const folder = join(root, `broken-${name.replaceAll('/', '-')}`)
    await writeTinyEncoder({ folder, modules: { pooling: 'mean', normalise: true } })
    writeFileSync(join(folder, name), content)
    const reading = readEmbeddingFolder({ folder })
    await expect(reading).rejects.toMatchObject({ code: 'model-invalid' })
    await expect(reading).rejects.toThrow(said)
  })

  it('is refused by the engine when its graph is damaged, or is no encoder', async () => {
    const folder = join(root, 'damaged')
    await writeTinyEncoder({ folder })
    const graph = join(folder, 'onnx', 'model.onnx')
    const manifest = await readEmbeddingFolder({ folder })
    writeFileSync(graph, readFileSync(graph).subarray(0, 2000))
    const starting = startOnnxEmbedder({ manifest, threads: 1, clock: systemClock })
    await expect(starting).rejects.toMatchObject({ code: 'model-invalid' })
  })
})
