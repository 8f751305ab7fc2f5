import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { specialTokens, tinyTokenizer, tinyTokenizerConfig } from '../tiny-decoder/tiny-tokenizer.ts'
import { seededRandom } from '../tiny-decoder/weight-store.ts'
import { encodeGgufHeader, type GgufValue, ggufAlignment } from './gguf-header.ts'
import { type GgufType, ggufBytes, ggufTypes, ones, randomWeights } from './gguf-weights.ts'

/** What a tiny GGUF model is made of. */
export interface TinyGgufShape {
  readonly layers: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly heads: number
  readonly kvHeads: number
  readonly vocabulary: number
  readonly contextTokens: number
  readonly type: GgufType
}

export interface TinyGgufOptions extends Partial<TinyGgufShape> {
  /** The file to write; its folder is made when absent. */
  readonly path: string
  readonly seed?: number
  /** Standard deviation of the logits: 8 has a few tokens hold most of the probability, as in a trained model. */
  readonly logitDeviation?: number
  /** False: no token ends an answer. */
  readonly ends?: boolean
  /** Source of the chat template in the file, false for none; absent: that of the tiny decoders. */
  readonly chatTemplate?: string | false | undefined
  /** A file with no tensors at all: metadata and vocabulary. */
  readonly withoutWeights?: boolean
}

/** One tensor: `deviation` absent means a norm, all ones. */
interface Tensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly type: GgufType
  readonly deviation?: number
}

const blockValues = 1 << 16

/** Writes a llama with random weights as one GGUF file with tokenizer and chat template. Same options, same bytes. The default has about 500 KB and answers nonsense. */
export async function writeTinyGguf({
  path,
  seed = 1,
  logitDeviation = 2,
  ends = true,
  chatTemplate,
  withoutWeights = false,
  layers = 2,
  hiddenSize = 64,
  heads = 4,
  kvHeads = 2,
  intermediateSize = 2 * hiddenSize,
  vocabulary = 320,
  contextTokens = 256,
  type = 'f32',
}: TinyGgufOptions): Promise<void> {
  const shape: TinyGgufShape = {
    layers,
    hiddenSize,
    heads,
    kvHeads,
    intermediateSize,
    vocabulary,
    contextTokens,
    type,
  }
  const tensors = withoutWeights ? [] : tensorsOf(shape, logitDeviation)
  await mkdir(dirname(path), { recursive: true })
  const file = openSync(path, 'w')
  try {
    writeSync(file, encodeGgufHeader(metadataOf(shape, { ends, chatTemplate }), entriesOf(tensors)))
    const random = seededRandom(seed)
    for (const tensor of tensors) {
      for (const block of blocksOf(tensor, random)) writeSync(file, block)
      writeSync(file, new Uint8Array(padding(bytesOf(tensor))))
    }
  } finally {
    closeSync(file)
  }
}

function tensorsOf(shape: TinyGgufShape, logitDeviation: number): readonly Tensor[] {
  const { layers, hiddenSize, intermediateSize, heads, kvHeads, vocabulary, type } = shape
  const kvSize = (hiddenSize / heads) * kvHeads
  const norm = (name: string): Tensor => ({ name: `${name}.weight`, dims: [hiddenSize], type: 'f32' })
  const matrix = (name: string, from: number, to: number, gain = 1): Tensor => {
    return { name: `${name}.weight`, dims: [from, to], type, deviation: gain / Math.sqrt(from) }
  }
  const blocks = Array.from({ length: layers }, (_, layer) => `blk.${layer}`).flatMap((block) => [
    norm(`${block}.attn_norm`),
    matrix(`${block}.attn_q`, hiddenSize, hiddenSize),
    matrix(`${block}.attn_k`, hiddenSize, kvSize),
    matrix(`${block}.attn_v`, hiddenSize, kvSize),
    matrix(`${block}.attn_output`, hiddenSize, hiddenSize),
    norm(`${block}.ffn_norm`),
    matrix(`${block}.ffn_gate`, hiddenSize, intermediateSize),
    matrix(`${block}.ffn_up`, hiddenSize, intermediateSize),
    matrix(`${block}.ffn_down`, intermediateSize, hiddenSize),
  ])
  return [
    matrix('token_embd', hiddenSize, vocabulary, Math.sqrt(hiddenSize)),
    ...blocks,
    norm('output_norm'),
    matrix('output', hiddenSize, vocabulary, logitDeviation),
  ]
}

const tokenizerParts = z.object({
  model: z.object({ vocab: z.record(z.string(), z.int()), merges: z.array(z.array(z.string())) }),
})

function metadataOf(
  shape: TinyGgufShape,
  { ends, chatTemplate }: Pick<TinyGgufOptions, 'ends' | 'chatTemplate'>,
): Record<string, GgufValue> {
  const { model } = tokenizerParts.parse(tinyTokenizer(shape.vocabulary))
  const words: string[] = []
  for (const [word, id] of Object.entries(model.vocab)) words[id] = word
  const { chat_template: usual } = z.object({ chat_template: z.string() }).parse(tinyTokenizerConfig(1))
  const template = chatTemplate === undefined ? usual : chatTemplate
  return {
    'general.architecture': 'llama',
    'general.name': 'tiny',
    'llama.context_length': shape.contextTokens,
    'llama.embedding_length': shape.hiddenSize,
    'llama.block_count': shape.layers,
    'llama.feed_forward_length': shape.intermediateSize,
    'llama.attention.head_count': shape.heads,
    'llama.attention.head_count_kv': shape.kvHeads,
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.dimension_count': shape.hiddenSize / shape.heads,
    'llama.rope.freq_base': { f32: 10_000 },
    'llama.vocab_size': shape.vocabulary,
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'gpt-2',
    'tokenizer.ggml.tokens': { strings: words },
    // 1: text, 3: control.
    'tokenizer.ggml.token_type': { int32s: words.map((_, id) => (id < specialTokens.length ? 3 : 1)) },
    'tokenizer.ggml.merges': { strings: model.merges.map((pair) => pair.join(' ')) },
    'tokenizer.ggml.bos_token_id': specialTokens.indexOf('<|bos|>'),
    'tokenizer.ggml.eos_token_id': specialTokens.indexOf(ends ? '<|end|>' : '<|pad|>'),
    'tokenizer.ggml.add_bos_token': false,
    ...(template === false ? {} : { 'tokenizer.chat_template': template }),
  }
}

function entriesOf(tensors: readonly Tensor[]) {
  let end = 0
  return tensors.map((tensor) => {
    const offset = end
    end += bytesOf(tensor) + padding(bytesOf(tensor))
    return { name: tensor.name, dims: tensor.dims, type: ggufTypes[tensor.type], offset }
  })
}

function bytesOf({ type, dims }: Tensor): number {
  return ggufBytes(type, valuesOf(dims))
}

function valuesOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}

function padding(bytes: number): number {
  return -bytes & (ggufAlignment - 1)
}

/** Memory does not grow with the file. */
function* blocksOf({ type, dims, deviation }: Tensor, random: () => number): Generator<Uint8Array> {
  const count = valuesOf(dims)
  for (let start = 0; start < count; start += blockValues) {
    const size = Math.min(blockValues, count - start)
    yield deviation === undefined ? ones(size) : randomWeights(type, size, deviation, random)
  }
}
