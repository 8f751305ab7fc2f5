import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import type { EmbeddingManifest } from '../spec/embedding-manifest.ts'
import { EdgewiseError } from '../spec/errors.ts'
import { readJsonFile } from './json-file.ts'
import { linkedFiles } from './linked-files.ts'

const size = z.int().positive()

/** config.json of transformers, the fields that matter here. */
const encoderConfig = z.looseObject({
  model_type: z.string().default('unknown'),
  hidden_size: size.optional(),
  // DistilBERT's word for it.
  dim: size.optional(),
  max_position_embeddings: size,
})

const tokenizerConfig = z.looseObject({ model_max_length: z.number().positive().nullish() })
const sentenceConfig = z.looseObject({ max_seq_length: size.nullish() })
const modulesConfig = z.array(z.looseObject({ type: z.string(), path: z.string() }))
const poolingConfig = z.looseObject({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
})

/** These count positions from 2 on. */
const offsetPositions = /roberta|camembert|mpnet/

/** Graphs in the order in which they are taken: the plain one before quantised ones. */
const graphPlaces = ['onnx/model.onnx', 'model.onnx', 'onnx/model_quantized.onnx', 'onnx/model_fp16.onnx']

/**
 * Reads the folder of an embedding model as sentence-transformers and Optimum write it. Weights are not read. Throws `model-invalid`, naming the
 * file and what is wrong with it.
 */
export async function readEmbeddingFolder({ folder }: { readonly folder: string }): Promise<EmbeddingManifest> {
  const root = resolve(folder)
  const config = await readJsonFile(root, 'config.json', encoderConfig)
  if (config === undefined)
    throw new EdgewiseError('model-invalid', `${root} has no config.json: it is no model folder`)
  const dimensions = config.hidden_size ?? config.dim
  if (dimensions === undefined) throw new EdgewiseError('model-invalid', `config.json in ${root} has no hidden_size`)
  const positions = config.max_position_embeddings - (offsetPositions.test(config.model_type) ? 2 : 0)
  const tokenizer = await readJsonFile(root, 'tokenizer_config.json', tokenizerConfig)
  const sentence = await readJsonFile(root, 'sentence_bert_config.json', sentenceConfig)
  const limits = [positions, tokenizer?.model_max_length, sentence?.max_seq_length]
  return {
    id: basename(root),
    folder: root,
    path: await findGraph(root),
    linkedFiles: await linkedFiles(root),
    dimensions,
    contextTokens: Math.min(...limits.filter((limit) => typeof limit === 'number')),
    ...(await readPooling(root)),
  }
}

async function findGraph(root: string): Promise<string> {
  const found = new Set(
    (
      await Promise.all(
        ['', 'onnx'].map(async (place) => (await namesIn(join(root, place))).map((name) => join(place, name))),
      )
    ).flat(),
  )
  const path = graphPlaces.find((place) => found.has(place))
  if (path !== undefined) return path
  throw new EdgewiseError('model-invalid', `${root} has no graph: none of ${graphPlaces.join(', ')} is there`)
}

/** Modules behind the network, as sentence-transformers lists them; without a list: mean of the tokens, scaled to length 1. */
async function readPooling(root: string): Promise<Pick<EmbeddingManifest, 'pooling' | 'normalises'>> {
  const modules = await readJsonFile(root, 'modules.json', modulesConfig)
  if (modules === undefined) return { pooling: 'mean', normalises: true }
  const kinds = modules.map(({ type, path }) => ({ kind: type.split('.').at(-1) ?? type, path }))
  const unknown = kinds.find(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind))
  if (unknown !== undefined) {
    throw new EdgewiseError(
      'model-invalid',
      `modules.json in ${root} wants the module ${unknown.kind}, which is not known here`,
    )
  }
  const place = kinds.find(({ kind }) => kind === 'Pooling')?.path ?? '1_Pooling'
  const pooling = await readJsonFile(join(root, basename(place)), 'config.json', poolingConfig)
  const { pooling_mode_cls_token: cls = false, pooling_mode_mean_tokens: mean = true } = pooling ?? {}
  if (cls === mean) {
    throw new EdgewiseError(
      'model-invalid',
      `${place}/config.json in ${root} asks for another pooling than cls or mean`,
    )
  }
  return { pooling: cls ? 'cls' : 'mean', normalises: kinds.some(({ kind }) => kind === 'Normalize') }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => [])
}
