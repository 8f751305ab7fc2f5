import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadGenerator } from '../../src/engines/generation/load-generator.ts'
import { loadOnnxModel } from '../../src/engines/onnx/load-onnx-model.ts'
import { readModelFolder } from '../../src/model-store/folder.ts'
import type { ModelManifest } from '../../src/spec/model-manifest.ts'
import { seededRandom } from '../../src/testing/tiny-decoder/weight-store.ts'
import { type Checkpoint, parseCheckpoint, parseTokenizer, type Word } from './stories260k-checkpoint.ts'
import { exportCheckpoint } from './stories260k-export.ts'
import { encodeReference, greatest, ReferenceTransformer } from './stories260k-reference.ts'

const data = process.env.EDGEWISE_DATA ?? join(import.meta.dirname, '../../../shared/data')
const source = join(data, 'models/stories260K')
const present = existsSync(join(source, 'stories260K.bin'))
if (!present)
  console.log(`skipped: the golden test needs ${join('models', 'stories260K')} in EDGEWISE_DATA or ../shared/data`)

const prompts = ['Once upon a time', 'The dog was']
const answerTokens = 100

/** What the reference goes on with, greedily. */
function continueByReference(model: Checkpoint, prompt: readonly number[]): { ids: number[]; logits: Float64Array[] } {
  const transformer = new ReferenceTransformer(model)
  const logits = prompt.map((id) => transformer.forward(id))
  const ids = [...prompt]
  for (let count = 0; count < answerTokens; count++) {
    const next = greatest(logits.at(-1) ?? new Float64Array())
    ids.push(next)
    logits.push(transformer.forward(next))
  }
  return { ids, logits }
}

describe.skipIf(!present)('a model with real weights', () => {
  let folder: string
  let model: Checkpoint
  let words: readonly Word[]
  let manifest: ModelManifest

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edgewise-stories-'))
    model = parseCheckpoint(readFileSync(join(source, 'stories260K.bin')))
    words = parseTokenizer(readFileSync(join(source, 'tok512.bin')))
    await exportCheckpoint(folder, model, words)
    manifest = await readModelFolder({ folder })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each(prompts)('gives the logits and the greedy tokens of a plain reference implementation: %s', async (text) => {
    const prompt = [1, ...encodeReference(words, text)]
    const expected = continueByReference(model, prompt)
    await using engine = await loadOnnxModel({ manifest, threads: 1 })
    await using session = engine.openSession()
    const ids = [...prompt]
    let output = await session.step({ kind: 'tokens', ids: prompt }, 'last')
    for (let count = 0; count < answerTokens; count++) {
      const reference = expected.logits[ids.length - 1]
      const gap = Math.max(...output.data.map((value, index) => Math.abs(value - (reference?.[index] ?? Number.NaN))))
      expect(gap).toBeLessThan(1e-3)
      const next = greatest(output.data)
      ids.push(next)
      output = await session.step({ kind: 'tokens', ids: [next] }, 'last')
    }
    expect(ids).toEqual(expected.ids)
  })

  it.each(prompts)('answers in the text of the reference, through tokenizer and generation loop: %s', async (text) => {
    const prompt = [1, ...encodeReference(words, text)]
    const { ids } = continueByReference(model, prompt)
    const expected = ids
      .slice(prompt.length)
      .map((id) => words[id]?.text.replace('<0x0A>', '\n'))
      .join('')
    await using generator = await loadGenerator({
      manifest,
      model: manifest.id,
      threads: 1,
      kvBudgetBytes: 2 ** 24,
      openModel: loadOnnxModel,
      random: seededRandom(1),
      monotonic: () => performance.now(),
    })
    const request = {
      id: 'golden',
      model: manifest.id,
      messages: [{ role: 'user' as const, content: text }],
      sampling: { temperature: 0, topP: 1, topK: 0 },
      maxTokens: answerTokens,
      stop: [],
    }
    let answer = ''
    for await (const part of generator.generate(request, new AbortController().signal)) {
      if (part.type === 'text-delta') answer += part.text
    }
    // The first space of a SentencePiece text belongs to the tokenizer.
    expect(answer).toBe(expected.replace(/^ /, ''))
    expect(answer).toMatch(/ .*\. /)
  })
})
