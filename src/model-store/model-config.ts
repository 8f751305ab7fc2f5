import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import { readJsonFile } from './json-file.ts'

const size = z.int().positive()
const tokenIds = z
  .union([z.int().nonnegative(), z.array(z.int().nonnegative())])
  .nullish()
  .transform((ids) => (typeof ids === 'number' ? [ids] : (ids ?? undefined)))

/** config.json of transformers, the fields that matter here. */
const hubConfig = z.looseObject({
  model_type: z.string().default('unknown'),
  num_hidden_layers: size,
  hidden_size: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  vocab_size: size,
  max_position_embeddings: size,
  eos_token_id: tokenIds,
})

/** genai_config.json of onnxruntime-genai, the fields that matter here. */
const genaiConfig = z.looseObject({
  model: z.looseObject({
    type: z.string().default('unknown'),
    vocab_size: size,
    context_length: size,
    eos_token_id: tokenIds,
    decoder: z.looseObject({
      filename: z.string().default('model.onnx'),
      head_size: size,
      hidden_size: size,
      num_hidden_layers: size,
      num_key_value_heads: size,
    }),
  }),
})

const generationConfig = z.looseObject({ eos_token_id: tokenIds })

/** What the configuration files of a folder say of the model. */
export interface ModelConfig {
  readonly architecture: string
  readonly layers: number
  readonly hiddenSize: number
  readonly kvHeads: number
  readonly headDim: number
  readonly vocabulary: number
  readonly contextTokens: number
  readonly eosTokenIds: readonly number[]
  /** Name of the graph, where the configuration gives one. */
  readonly graph?: string
}

/** Reads genai_config.json or config.json, with generation_config.json where present. Throws `model-invalid` naming the file. */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const genai = await readJsonFile(folder, 'genai_config.json', genaiConfig)
  const config = genai === undefined ? await readHubConfig(folder) : fromGenai(genai)
  const generation = await readJsonFile(folder, 'generation_config.json', generationConfig)
  return { ...config, eosTokenIds: generation?.eos_token_id ?? config.eosTokenIds }
}

function fromGenai({ model }: z.infer<typeof genaiConfig>): ModelConfig {
  return {
    architecture: model.type,
    layers: model.decoder.num_hidden_layers,
    hiddenSize: model.decoder.hidden_size,
    kvHeads: model.decoder.num_key_value_heads,
    headDim: model.decoder.head_size,
    vocabulary: model.vocab_size,
    contextTokens: model.context_length,
    eosTokenIds: model.eos_token_id ?? [],
    graph: model.decoder.filename,
  }
}

async function readHubConfig(folder: string): Promise<ModelConfig> {
  const config = await readJsonFile(folder, 'config.json', hubConfig)
  if (config === undefined) {
    throw new EdgewiseError(
      'model-invalid',
      `${folder} has neither config.json nor genai_config.json: it is no model folder`,
    )
  }
  return {
    architecture: config.model_type,
    layers: config.num_hidden_layers,
    hiddenSize: config.hidden_size,
    kvHeads: config.num_key_value_heads ?? config.num_attention_heads,
    headDim: config.head_dim ?? Math.floor(config.hidden_size / config.num_attention_heads),
    vocabulary: config.vocab_size,
    contextTokens: config.max_position_embeddings,
    eosTokenIds: config.eos_token_id ?? [],
  }
}
