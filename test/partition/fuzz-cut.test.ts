import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cutModel } from '../../src/partition/cut-model.ts'
import { encodeOnnxModel } from '../../src/partition/encode-onnx-model.ts'
import { findCuts } from '../../src/partition/find-cuts.ts'
import { readOnnxModel } from '../../src/partition/read-onnx-model.ts'
import { groupWeights } from '../../src/partition/weight-groups.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { seededRandom } from '../../src/testing/tiny-decoder/weight-store.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const folder = await mkdtemp(join(tmpdir(), 'edgewise-fuzz-cut-'))
afterAll(() => rm(folder, { recursive: true }))

it('cuts 1,000 damaged graphs or refuses them as model-invalid', async () => {
  const manifest = await writeTinyDecoder({ folder, quantisation: 'q4', weights: 'external' })
  const path = join(folder, manifest.variants[0]?.path ?? '')
  const original = readFileSync(path)
  const random = seededRandom(20261123)
  const place = (below: number) => Math.floor(random() * below)
  let cut = 0
  for (let round = 0; round < 1000; round++) {
    const bytes = Uint8Array.from(original)
    // Names are most of the file: most changes rewire the graph.
    for (let count = 1 + place(4); count > 0; count--) bytes[place(bytes.length)] = place(128)
    writeFileSync(path, bytes)
    try {
      const model = readOnnxModel(path)
      const cuts = findCuts(model)
      groupWeights(model, cuts)
      for (const part of [{ layers: { start: 0, end: 1 } }, { layers: { start: 1, end: 2 } }, 'head'] as const) {
        encodeOnnxModel(cutModel(model, { cuts, part, hiddenSize: 64, logits: 'logits' }))
      }
      cut++
    } catch (thrown) {
      expect(thrown, `round ${round}: ${String(thrown)}`).toBeInstanceOf(EdgewiseError)
      expect(thrown).toMatchObject({ code: 'model-invalid' })
    }
  }
  expect(cut).toBeGreaterThan(50)
  expect(cut).toBeLessThan(950)
})
