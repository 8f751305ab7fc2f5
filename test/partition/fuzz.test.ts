import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { encodeOnnxModel } from '../../src/partition/encode-onnx-model.ts'
import { readOnnxModel } from '../../src/partition/read-onnx-model.ts'
import { setAccuracyLevel } from '../../src/partition/rewrites/accuracy-level.ts'
import { keepNewKvRows } from '../../src/partition/rewrites/delta-kv.ts'
import { keepHeadRows } from '../../src/partition/rewrites/head-rows.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { Random } from '../../src/spec/ports.ts'
import { seededRandom } from '../../src/testing/tiny-decoder/weight-store.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const folder = await mkdtemp(join(tmpdir(), 'edgewise-fuzz-'))
afterAll(() => rm(folder, { recursive: true }))

/** One of: some bytes changed, a stretch cut out, a stretch doubled, the end cut off. */
function mutate(original: Uint8Array, random: Random): Uint8Array {
  const place = (below: number) => Math.floor(random() * below)
  const start = place(original.length)
  const end = Math.min(original.length, start + place(64))
  const parts = [original.subarray(0, start), original.subarray(start, end), original.subarray(end)] as const
  switch (place(4)) {
    case 0:
      return original.subarray(0, start)
    case 1:
      return Buffer.concat([parts[0], parts[2]])
    case 2:
      return Buffer.concat([parts[0], parts[1], parts[1], parts[2]])
    default: {
      const bytes = Uint8Array.from(original)
      for (let count = 1 + place(8); count > 0; count--) bytes[place(bytes.length)] = place(256)
      return bytes
    }
  }
}

it('reads 2,000 damaged files or refuses them as model-invalid, quickly and within bounded memory', async () => {
  const manifest = await writeTinyDecoder({ folder, layers: 1, quantisation: 'q4', weights: 'external' })
  const path = join(folder, manifest.variants[0]?.path ?? '')
  const original = readFileSync(path)
  const random = seededRandom(20261122)
  const kv = new Set(['present.0.key', 'present.0.value'])
  let read = 0
  let slowestMs = 0
  for (let round = 0; round < 2000; round++) {
    writeFileSync(path, mutate(original, random))
    const start = performance.now()
    try {
      const model = readOnnxModel(path)
      encodeOnnxModel(keepHeadRows(setAccuracyLevel(keepNewKvRows(model, kv) ?? model), 'logits'))
      read++
    } catch (thrown) {
      expect(thrown, `round ${round}`).toBeInstanceOf(EdgewiseError)
      expect(thrown).toMatchObject({ code: 'model-invalid' })
    }
    slowestMs = Math.max(slowestMs, performance.now() - start)
  }
  expect(read).toBeGreaterThan(100)
  expect(2000 - read).toBeGreaterThan(100)
  expect(slowestMs).toBeLessThan(5000)
  expect(process.memoryUsage().rss).toBeLessThan(600 * 2 ** 20)
})
