import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeOnnxModel } from '../../partition/encode-onnx-model.ts'
import { seededRandom } from '../tiny-decoder/weight-store.ts'
import { BertGraph, type EncoderShape } from './bert-graph.ts'
import { tinyWordPieceConfig, tinyWordPieceTokenizer, wordPieces } from './tiny-word-pieces.ts'

export interface TinyEncoderOptions extends Partial<Omit<EncoderShape, 'vocabulary'>> {
  /** Made when absent. */
  readonly folder: string
  readonly seed?: number
  /** What modules.json asks for behind the network; absent: no modules.json. */
  readonly modules?: { readonly pooling: 'mean' | 'cls'; readonly normalise: boolean }
}

/**
 * Writes an embedding model with random weights as a whole folder, as sentence-transformers and Optimum would: a small BERT, a word piece
 * tokenizer, modules. Same options, same bytes. Its vectors mean nothing.
 */
export async function writeTinyEncoder({
  folder,
  seed = 1,
  modules,
  layers = 2,
  hiddenSize = 32,
  heads = 4,
  intermediateSize = 2 * hiddenSize,
  contextTokens = 32,
}: TinyEncoderOptions): Promise<void> {
  const shape: EncoderShape = {
    layers,
    hiddenSize,
    heads,
    intermediateSize,
    contextTokens,
    vocabulary: wordPieces.length,
  }
  if (hiddenSize % heads !== 0) throw new RangeError(`${hiddenSize} values cannot be shared by ${heads} heads`)
  const graphs = join(folder, 'onnx')
  await mkdir(graphs, { recursive: true })
  const { graph } = new BertGraph(shape, seededRandom(seed))
  const model = graph.model({ folder: graphs, producer: 'edgewise tiny encoder' })
  await writeFile(join(graphs, 'model.onnx'), encodeOnnxModel(model))
  await writeJson(join(folder, 'config.json'), {
    architectures: ['BertModel'],
    model_type: 'bert',
    num_hidden_layers: layers,
    hidden_size: hiddenSize,
    intermediate_size: intermediateSize,
    num_attention_heads: heads,
    vocab_size: shape.vocabulary,
    max_position_embeddings: contextTokens,
  })
  await writeJson(join(folder, 'tokenizer.json'), tinyWordPieceTokenizer())
  await writeJson(join(folder, 'tokenizer_config.json'), tinyWordPieceConfig(contextTokens))
  if (modules !== undefined) await writeModules(folder, modules)
}

async function writeModules(
  folder: string,
  { pooling, normalise }: NonNullable<TinyEncoderOptions['modules']>,
): Promise<void> {
  const kinds = ['Transformer', 'Pooling', ...(normalise ? ['Normalize'] : [])]
  const paths = ['', '1_Pooling', '2_Normalize']
  await writeJson(
    join(folder, 'modules.json'),
    kinds.map((kind, idx) => ({
      idx,
      name: String(idx),
      path: paths[idx],
      type: `sentence_transformers.models.${kind}`,
    })),
  )
  await mkdir(join(folder, '1_Pooling'), { recursive: true })
  await writeJson(join(folder, '1_Pooling', 'config.json'), {
    pooling_mode_cls_token: pooling === 'cls',
    pooling_mode_mean_tokens: pooling === 'mean',
    pooling_mode_max_tokens: false,
  })
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value)}\n`)
}
