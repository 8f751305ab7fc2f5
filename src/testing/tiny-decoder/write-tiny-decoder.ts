import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { encodeOnnxModel } from '../../partition/encode-onnx-model.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import { DecoderParts } from './decoder-parts.ts'
import { buildGqaDecoder } from './gqa-decoder.ts'
import { buildOptimumDecoder } from './optimum-decoder.ts'
import { blockSize, type TinyShape } from './tiny-shape.ts'
import { minVocabulary, specialTokens, tinyTokenizer, tinyTokenizerConfig } from './tiny-tokenizer.ts'
import { seededRandom, WeightStore } from './weight-store.ts'

export interface TinyDecoderOptions extends Partial<TinyShape> {
  /** Made when absent. Called again with another quantisation, it gets a second variant. */
  readonly folder: string
  readonly seed?: number
  /** `gqa`: as onnxruntime-genai's model builder exports; `optimum`: attention of plain operators, with position_ids. */
  readonly shape?: 'gqa' | 'optimum'
  /** `external`: in a file beside the graph, written with constant memory; for large models. */
  readonly weights?: 'inline' | 'external'
}

/**
 * Writes a decoder with random weights, of the shape and operators of real exports, as a whole model folder with tokenizer and chat template.
 * Same options, same bytes. The default has about 200 KB and answers nonsense.
 */
export async function writeTinyDecoder({
  folder,
  seed = 1,
  shape = 'gqa',
  weights = 'inline',
  layers = 2,
  hiddenSize = 64,
  heads = 4,
  kvHeads = 2,
  intermediateSize = 2 * hiddenSize,
  vocabulary = 320,
  contextTokens = 256,
  quantisation = 'fp32',
  accuracyLevel,
}: TinyDecoderOptions): Promise<ModelManifest> {
  const sizes: TinyShape = {
    layers,
    hiddenSize,
    heads,
    kvHeads,
    intermediateSize,
    vocabulary,
    contextTokens,
    quantisation,
    accuracyLevel,
  }
  checkShape(sizes)
  const path = join('onnx', quantisation === 'fp32' ? 'model.onnx' : `model_${quantisation}.onnx`)
  const graphs = join(folder, 'onnx')
  await mkdir(graphs, { recursive: true })
  const dataPath = `${join(folder, path)}_data`
  {
    using store = new WeightStore(weights === 'external' ? dataPath : undefined)
    const parts = new DecoderParts({ shape: sizes, weights: store, random: seededRandom(seed) })
    if (shape === 'gqa') buildGqaDecoder(parts)
    else buildOptimumDecoder(parts)
    const model = parts.graph.model({ folder: graphs, producer: 'edgewise tiny decoder' })
    await writeFile(join(folder, path), encodeOnnxModel(model))
  }
  await writeJson(folder, sizes)
  const files = weights === 'external' ? [join(folder, path), dataPath] : [join(folder, path)]
  const written = await Promise.all(files.map(async (file) => (await stat(file)).size))
  const bytes = written.reduce((sum, size) => sum + size, 0)
  return {
    id: basename(folder),
    folder,
    architecture: 'llama',
    layers,
    hiddenSize,
    kvHeads,
    headDim: hiddenSize / heads,
    vocabulary,
    contextTokens,
    eosTokenIds: [specialTokens.indexOf('<|end|>')],
    variants: [{ name: quantisation, path, bytes, note: 'random weights, written for a test' }],
  }
}

function checkShape({ layers, hiddenSize, heads, kvHeads, intermediateSize, vocabulary }: TinyShape): void {
  const headDim = hiddenSize / heads
  if (layers < 1) throw new RangeError('a decoder needs a layer')
  if (!Number.isInteger(headDim) || headDim % 16 !== 0)
    throw new RangeError(`heads of ${headDim} values: take a multiple of 16`)
  if (heads % kvHeads !== 0) throw new RangeError(`${heads} heads cannot share ${kvHeads} KV heads`)
  if (hiddenSize % blockSize !== 0 || intermediateSize % blockSize !== 0) {
    throw new RangeError(`sizes ${hiddenSize} and ${intermediateSize}: take multiples of ${blockSize}`)
  }
  if (vocabulary < minVocabulary) throw new RangeError(`a vocabulary of ${vocabulary}: take at least ${minVocabulary}`)
}

async function writeJson(folder: string, shape: TinyShape): Promise<void> {
  const tokens = { bos_token_id: specialTokens.indexOf('<|bos|>'), eos_token_id: specialTokens.indexOf('<|end|>') }
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    num_hidden_layers: shape.layers,
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.intermediateSize,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.hiddenSize / shape.heads,
    vocab_size: shape.vocabulary,
    max_position_embeddings: shape.contextTokens,
    ...tokens,
  }
  const files = {
    'config.json': config,
    'generation_config.json': tokens,
    'tokenizer.json': tinyTokenizer(shape.vocabulary),
    'tokenizer_config.json': tinyTokenizerConfig(shape.contextTokens),
  }
  for (const [name, value] of Object.entries(files)) await writeFile(join(folder, name), `${JSON.stringify(value)}\n`)
}
