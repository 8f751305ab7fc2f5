import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadNameReader, type NameReader } from '../../../src/engines/names/load-name-reader.ts'
import { nameFeatures } from '../../../src/engines/names/name-features.ts'
import { type NameModelFolder, readNameModel } from '../../../src/engines/names/name-model-settings.ts'
import { nameTokens } from '../../../src/engines/names/name-tokens.ts'
import { type Inference, loadInference } from '../../../src/engines/onnx/onnxruntime.ts'
import golden from './logits.golden.json' with { type: 'json' }

const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-names')
const { signal } = new AbortController()

describe('the bundled name model', () => {
  let model: NameModelFolder
  let inference: Inference
  let reader: NameReader

  beforeAll(async () => {
    model = await readNameModel(folder)
    inference = await loadInference({ graph: await readFile(model.path), folder, threads: 1 })
    reader = await loadNameReader({ model, threads: 1, windowTokens: 512 })
  })
  afterAll(async () => {
    await inference.release()
    await reader[Symbol.asyncDispose]()
  })

  it('is small enough to bundle', async () => {
    expect((await readFile(model.path)).length).toBeLessThan(10_000_000)
  })

  it.each(golden)('gives the logits that it gave when it was exported: $text', async ({ text, logits }) => {
    const tokens = nameTokens(text)
    const { features } = model.settings
    const data = nameFeatures(text, tokens, features)
    const given = await inference.run({ features: { dims: [tokens.length, features.length], data } })
    const actual = Array.from(given.logits?.data ?? [], Number)
    expect(actual).toHaveLength(logits.length)
    // Processors differ in how they round sums of 8-bit products.
    const farthest = Math.max(...actual.map((value, index) => Math.abs(value - (logits[index] ?? Number.NaN))))
    expect(farthest).toBeLessThan(0.3)
  })

  it.each([
    ['My name is Martha Jenkins and I live in Nairobi.', ['PERSON: Martha Jenkins', 'LOCATION: Nairobi']],
    [
      'Paciente: José Luis Fernández, ingresado en el Hospital San Juan.',
      ['PERSON: José Luis Fernández', 'ORGANIZATION: Hospital San Juan'],
    ],
    ['患者王小明，男，45岁，来自杭州市。', ['PERSON: 王小明', 'LOCATION: 杭州市']],
    ['The Get-Process cmdlet gets the processes on a local or remote computer.', []],
    ['Replace the hydraulic hose on pump P-101 and check the pressure gauge.', []],
  ])('reads %s', async (text, expected) => {
    const [found = []] = await reader.classify([text], signal)
    expect(found.map(({ entity, start, end }) => `${entity}: ${text.slice(start, end)}`)).toEqual(expected)
  })
})
