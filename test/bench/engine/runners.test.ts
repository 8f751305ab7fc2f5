import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBare } from '../../../src/bench/engine/bare-runner.ts'
import { requireShownFirstToken, startEdgewise } from '../../../src/bench/engine/edgewise-runner.ts'
import { endlessCopy } from '../../../src/bench/engine/endless-copy.ts'
import { promptMaker } from '../../../src/bench/engine/prompt-maker.ts'
import { writeRewrittenGraph } from '../../../src/bench/engine/rewritten-graph.ts'
import type { Prompt } from '../../../src/bench/engine/runner.ts'
import { createTokenizer } from '../../../src/engines/tokenizer/tokenizer.ts'
import { readTokenizerFiles } from '../../../src/engines/tokenizer/tokenizer-files.ts'
import type { ModelManifest } from '../../../src/spec/model-manifest.ts'
import { writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const tokens = 24
let scratch: string
let manifest: ModelManifest
let graph: string
let prompt: Prompt

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'edgewise-bench-test-'))
  manifest = await writeTinyDecoder({ folder: join(scratch, 'tiny'), vocabulary: 2000, seed: 3, weights: 'external' })
  graph = join(manifest.folder, manifest.variants[0]?.path ?? '')
  prompt = (await promptMaker(manifest.folder)).ofLength(100)
})

afterAll(() => rm(scratch, { recursive: true }))

function bareOptions() {
  return { folder: join(graph, '..'), threads: 1, kvHeads: manifest.kvHeads, headDim: manifest.headDim }
}

async function textOf(ids: readonly number[]): Promise<string> {
  const tokenizer = createTokenizer(await readTokenizerFiles(manifest.folder))
  const text = ids.filter((id) => !tokenizer.isControl(id)).map((id) => Buffer.from(tokenizer.bytesOf(id)))
  return Buffer.concat(text).toString('utf8')
}

describe('the runners of the engine bench', () => {
  it('give the same answer of the length asked for, whether Edgewise steps the model or a bare loop', async () => {
    const rewritten = join(scratch, 'rewritten.onnx')
    await writeRewrittenGraph(graph, rewritten)
    await using edgewise = await startEdgewise({ manifest, threads: 1 })
    await using plain = await startBare({ ...bareOptions(), graph, kvCache: 'plain' })
    await using delta = await startBare({ ...bareOptions(), graph: rewritten, kvCache: 'delta' })
    const ours = await edgewise.answer(prompt, tokens)
    for (const bare of [plain, delta]) {
      const { ids, firstTokenMs, decodeMs } = await bare.answer(prompt, tokens)
      expect(ids).toHaveLength(tokens)
      expect(firstTokenMs).toBeGreaterThan(0)
      expect(decodeMs).toBeGreaterThan(0)
      expect(await textOf(ids)).toBe(ours.text)
    }
    expect(ours.firstTokenMs).toBeGreaterThan(0)
    expect(await plain.rssMiB()).toBeGreaterThan(10)
  })

  it('refuse an answer whose prompt has another length than the bare loops read', async () => {
    await using edgewise = await startEdgewise({ manifest, threads: 1 })
    const other = { ...prompt, ids: prompt.ids.slice(1) }
    await expect(edgewise.answer(other, tokens)).rejects.toThrow('read 100 tokens and gave 24, but 99 and 24')
  })

  it('refuse a prompt whose answer begins with half a character', async () => {
    const half = { answer: async () => ({ firstTokenMs: 1, decodeMs: 0, text: '\uFFFD' }) }
    const runner = { ...half, rssMiB: async () => 1, [Symbol.asyncDispose]: async () => undefined }
    await expect(requireShownFirstToken(runner, prompt)).rejects.toThrow('take another prompt')
  })

  it('say so when a bare process does not come up', async () => {
    const options = { ...bareOptions(), graph: join(scratch, 'absent.onnx'), kvCache: 'plain' as const }
    await expect(startBare(options)).rejects.toThrow(/absent\.onnx ended with 1/)
  })

  it('never stop early on a copy that no token ends', async () => {
    const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-edge')
    const endless = await endlessCopy(folder, join(scratch, 'edgewise-edge'))
    const question = (await promptMaker(endless.folder)).of('How do I list files?')
    await using edgewise = await startEdgewise({ manifest: endless, threads: 1 })
    await expect(edgewise.answer(question, 300)).resolves.toMatchObject({ text: expect.any(String) })
  })
})
