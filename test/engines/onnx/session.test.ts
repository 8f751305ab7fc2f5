import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tools from 'vitest'
import { loadOnnxModel } from '../../../src/engines/onnx/load-onnx-model.ts'
import { readModelFolder } from '../../../src/model-store/folder.ts'
import { conformSession } from '../../../src/testing/conformance/session.ts'
import { type TinyDecoderOptions, writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const folder = await mkdtemp(join(tmpdir(), 'edgewise-session-'))
tools.afterAll(() => rm(folder, { recursive: true }))

interface Case extends Omit<TinyDecoderOptions, 'folder'> {
  readonly name: string
  readonly tolerance: number
}

// Logits are of order 1. Steps of one token and of several use other kernels: f32 differs in the last bits, int8 activations (level 4) in the second digit.
const cases: readonly Case[] = [
  { name: 'f32', quantisation: 'fp32', tolerance: 1e-5 },
  { name: 'q4 at accuracy level 0', quantisation: 'q4', accuracyLevel: 0, tolerance: 1e-5 },
  { name: 'q4 at the level set by the loader', quantisation: 'q4', tolerance: 0.1 },
  { name: 'q8', quantisation: 'q8', accuracyLevel: 4, tolerance: 0.1 },
  { name: 'f16', quantisation: 'fp16', tolerance: 0.02 },
  {
    name: 'weights in a file of their own',
    quantisation: 'q4',
    accuracyLevel: 0,
    weights: 'external',
    tolerance: 1e-5,
  },
]

for (const { name, tolerance, ...options } of cases) {
  const manifest = await writeTinyDecoder({ ...options, folder: join(folder, name) })
  const load = () => loadOnnxModel({ manifest, threads: 1 })
  const loadReference = () => loadOnnxModel({ manifest, threads: 1, kvCache: 'copy' })
  conformSession({ tools, name, load, loadReference, tolerance })
}

const optimum: readonly Case[] = [
  { name: 'plain attention, f32', quantisation: 'fp32', tolerance: 1e-5 },
  { name: 'plain attention, q4', quantisation: 'q4', accuracyLevel: 0, tolerance: 1e-5 },
  { name: 'plain attention, f16', quantisation: 'fp16', tolerance: 0.02 },
]

for (const { name, tolerance, ...options } of optimum) {
  const manifest = await writeTinyDecoder({ ...options, shape: 'optimum', folder: join(folder, name) })
  conformSession({ tools, name, load: () => loadOnnxModel({ manifest, threads: 1 }), tolerance })
}

// As exported by onnxruntime-genai: packed QKV, 8-bit weights at accuracy level 4; logits of order 10.
const bundled = await readModelFolder({ folder: join(import.meta.dirname, '../../../models/edgewise-edge') })
conformSession({
  tools,
  name: 'the bundled edge model',
  load: () => loadOnnxModel({ manifest: bundled, threads: 1 }),
  loadReference: () => loadOnnxModel({ manifest: bundled, threads: 1, kvCache: 'copy' }),
  tolerance: 1,
})
