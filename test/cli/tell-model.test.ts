import { expect, it } from 'vitest'
import { tellModel, tellModelLine } from '../../src/cli/tell-model.ts'
import type { ModelManifest } from '../../src/spec/model-manifest.ts'

const model: ModelManifest = {
  id: 'tiny',
  folder: '/models/tiny',
  architecture: 'llama',
  layers: 4,
  hiddenSize: 128,
  kvHeads: 2,
  headDim: 32,
  vocabulary: 4096,
  contextTokens: 512,
  eosTokenIds: [2],
  variants: [
    { name: 'q4', path: 'onnx/model_q4.onnx', bytes: 3_670_016, note: 'chosen: few bytes' },
    { name: 'fp32', path: 'onnx/model.onnx', bytes: 900, note: 'not chosen: exact' },
  ],
}

it('tells a model in a line', () => {
  expect(tellModelLine(model)).toBe('tiny: llama, 512 tokens of context, q4 of 3.5 MiB, 1 more variant')
})

it('shows every quantisation with its size and the reason of the choice', () => {
  const lines = tellModel(model).split('\n')
  expect(lines[2]).toBe('  vocabulary of 4096, context of 512 tokens, 2.0 KiB of KV cache per token in f32')
  expect(lines.slice(4)).toEqual([
    '    q4     3.5 MiB  onnx/model_q4.onnx: chosen: few bytes',
    '    fp32     900 B  onnx/model.onnx: not chosen: exact',
  ])
})
