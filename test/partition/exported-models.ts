import { join } from 'node:path'
import { readModelConfig } from '../../src/model-store/model-config.ts'
import type { ModelManifest } from '../../src/spec/model-manifest.ts'

const root = join(import.meta.dirname, '..', 'fixtures', 'models')

/** Fixtures that the official exporters wrote and that can be cut at every layer. See `training/fixtures`. */
export const cuttable = [
  'llama-genai',
  'mistral-genai',
  'qwen2-genai',
  'qwen3-genai',
  'gemma3-genai',
  'phi3-genai',
  'llama-optimum',
  'mistral-optimum',
  'qwen2-optimum',
  'qwen3-optimum',
  'smollm3-optimum',
  'gemma3-optimum',
  'phi3-optimum',
] as const

/** The manifest of a fixture, which has no tokenizer. */
export async function exportedModel(name: string): Promise<ModelManifest> {
  const folder = join(root, name)
  const { graph, ...config } = await readModelConfig(folder)
  const variant = { name: 'fp32', path: graph ?? 'onnx/model.onnx', bytes: 0, note: 'random weights' }
  return { id: name, folder, ...config, variants: [variant] }
}

/** GPT-2, whose configuration has names of its own. */
export const gpt2: ModelManifest = {
  id: 'gpt2-optimum',
  folder: join(root, 'gpt2-optimum'),
  architecture: 'gpt2',
  layers: 3,
  hiddenSize: 32,
  kvHeads: 2,
  headDim: 16,
  vocabulary: 256,
  contextTokens: 128,
  eosTokenIds: [],
  variants: [{ name: 'fp32', path: 'onnx/model.onnx', bytes: 0, note: 'random weights' }],
}
