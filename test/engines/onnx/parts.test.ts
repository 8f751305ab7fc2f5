import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tools from 'vitest'
import { chainParts } from '../../../src/engines/onnx/chain-parts.ts'
import { compareModels } from '../../../src/engines/onnx/compare-models.ts'
import { loadOnnxModel } from '../../../src/engines/onnx/load-onnx-model.ts'
import { loadOnnxPart } from '../../../src/engines/onnx/load-onnx-part.ts'
import { readModelFolder } from '../../../src/model-store/folder.ts'
import type { ModelManifest } from '../../../src/spec/model-manifest.ts'
import { conformSession } from '../../../src/testing/conformance/session.ts'
import { type TinyDecoderOptions, writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'
import { cuttable, exportedModel, gpt2 } from '../../partition/exported-models.ts'

const { afterAll, describe, expect, it } = tools
const { signal } = new AbortController()
const folder = await mkdtemp(join(tmpdir(), 'edgewise-parts-'))
afterAll(() => rm(folder, { recursive: true }))

const shapes = ['two-way', 'u-shape'] as const

/** Layers below `at`, the others, and for the u-shape the head by itself. */
async function chained(manifest: ModelManifest, at: number, shape: (typeof shapes)[number], kvCache?: 'copy') {
  const { layers: end } = manifest
  const ranges = [{ start: 0, end: at }, { start: at, end }, ...(shape === 'u-shape' ? [{ start: end, end }] : [])]
  const parts = []
  for (const [index, layers] of ranges.entries()) {
    const head = index === ranges.length - 1
    parts.push(await loadOnnxPart({ manifest, layers, head, threads: 1, ...(kvCache && { kvCache }) }))
  }
  return chainParts(parts)
}

async function expectSameBits(manifest: ModelManifest) {
  await using whole = await loadOnnxModel({ manifest, threads: 1 })
  for (let at = 1; at < manifest.layers; at++) {
    for (const shape of shapes) {
      await using parts = await chained(manifest, at, shape)
      const { rung, maxAbsDifference } = await compareModels({ whole, parts, signal })
      expect({ at, shape, rung, maxAbsDifference }).toEqual({ at, shape, rung: 'bit-exact', maxAbsDifference: 0 })
    }
  }
}

describe('every cut, in both shapes, gives the same bits as the whole', () => {
  it.each(['edgewise-edge', 'edgewise-cloud'])('of the bundled %s', async (name) => {
    await expectSameBits(await readModelFolder({ folder: join(import.meta.dirname, '../../../models', name) }))
  })

  it.each(cuttable)('of %s, as its exporter writes it', async (name) => {
    await expectSameBits(await exportedModel(name))
  })

  const tiny: readonly Omit<TinyDecoderOptions, 'folder'>[] = [
    { quantisation: 'q4' },
    { quantisation: 'q4', accuracyLevel: 0, weights: 'external' },
    { quantisation: 'fp16' },
    { quantisation: 'q4f16' },
    { quantisation: 'q8', shape: 'optimum' },
  ]
  it.each(tiny)('of a tiny decoder: %j', async (options) => {
    const name = Object.values(options).join('-')
    await expectSameBits(await writeTinyDecoder({ ...options, layers: 3, folder: join(folder, name) }))
  })
})

it('gives the same greedy tokens for f16 in plain operators, whose rounding onnxruntime chooses anew for each graph', async () => {
  const manifest = await writeTinyDecoder({ quantisation: 'fp16', shape: 'optimum', folder: join(folder, 'plain-f16') })
  await using whole = await loadOnnxModel({ manifest, threads: 1 })
  await using parts = await chained(manifest, 1, 'two-way')
  const { greedyAgreement, maxAbsDifference } = await compareModels({ whole, parts, signal })
  expect(greedyAgreement).toBe(1)
  expect(maxAbsDifference).toBeLessThan(0.01)
})

it('refuses to load layers of a model that cannot be cut, with the reason', async () => {
  const load = loadOnnxPart({ manifest: gpt2, layers: { start: 1, end: 3 }, head: true, threads: 1 })
  await expect(load).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringMatching(/would cross too/) })
})

const bundled = await readModelFolder({ folder: join(import.meta.dirname, '../../../models/edgewise-edge') })
conformSession({
  tools,
  name: 'parts of the bundled edge model',
  load: () => chained(bundled, 2, 'u-shape'),
  loadReference: () => chained(bundled, 1, 'two-way', 'copy'),
  tolerance: 1,
})

const plain = await exportedModel('llama-optimum')
describe('a part by itself', () => {
  it('takes tokens or hidden states, and gives hidden states or logits, one row or all', async () => {
    await using lower = await loadOnnxPart({ manifest: plain, layers: { start: 0, end: 1 }, head: false, threads: 1 })
    await using middle = await loadOnnxPart({ manifest: plain, layers: { start: 1, end: 2 }, head: false, threads: 1 })
    await using upper = await loadOnnxPart({ manifest: plain, layers: { start: 2, end: 3 }, head: true, threads: 1 })
    expect([lower.rowSize, middle.rowSize, upper.rowSize]).toEqual([32, 32, 256])
    expect([lower.kvBytesPerToken, upper.layers]).toEqual([2 * 16 * 4, { start: 2, end: 3 }])
    const [first, second, third] = [lower.openSession(), middle.openSession(), upper.openSession()]
    const hidden = await first.step({ kind: 'tokens', ids: [1, 2, 3] }, 'all')
    if (hidden.kind !== 'hidden') throw new Error('no hidden states')
    expect([hidden.tokens, hidden.data.length]).toEqual([3, 96])
    const next = await second.step(hidden, 'all')
    if (next.kind !== 'hidden') throw new Error('no hidden states')
    expect(await third.step(next, 'last')).toMatchObject({ kind: 'logits', rows: 1 })
    expect([first.position, second.position, third.position]).toEqual([3, 3, 3])
    const last = await second.step(hidden, 'last')
    expect(last).toMatchObject({ kind: 'hidden', tokens: 1 })
    expect(last.data).toHaveLength(32)
  })

  it('refuses the wrong kind of input and hidden states of another size, and is then as before', async () => {
    await using upper = await loadOnnxPart({ manifest: plain, layers: { start: 1, end: 3 }, head: true, threads: 1 })
    const session = upper.openSession()
    const refused = expect.objectContaining({ code: 'invalid-request' })
    await expect(session.step({ kind: 'tokens', ids: [1] }, 'last')).rejects.toEqual(refused)
    for (const [size, tokens] of [
      [31, 1],
      [32, 2],
      [0, 0],
    ] as const) {
      const input = { kind: 'hidden', data: new Float32Array(size), tokens } as const
      await expect(session.step(input, 'last')).rejects.toEqual(refused)
    }
    expect(session.position).toBe(0)
    await session.step({ kind: 'hidden', data: new Float32Array(32), tokens: 1 }, 'last')
    expect(session.position).toBe(1)
  })

  it('keeps nothing where it is the head alone', async () => {
    await using head = await loadOnnxPart({ manifest: plain, layers: { start: 3, end: 3 }, head: true, threads: 1 })
    const session = head.openSession()
    for (let step = 0; step < plain.contextTokens + 1; step++) {
      await session.step({ kind: 'hidden', data: new Float32Array(32), tokens: 1 }, 'last')
    }
    expect([session.position, session.kvBytes, head.kvBytesPerToken]).toEqual([0, 0, 0])
  })

  it('is not chained behind layers that it does not follow', async () => {
    await using lower = await loadOnnxPart({ manifest: plain, layers: { start: 0, end: 1 }, head: false, threads: 1 })
    await using upper = await loadOnnxPart({ manifest: plain, layers: { start: 2, end: 3 }, head: true, threads: 1 })
    expect(() => chainParts([lower, upper])).toThrow(/begins at layer 2 where 1 is next/)
  })
})
