import { join } from 'node:path'
import { encodeOnnxModel } from '../../partition/encode-onnx-model.ts'
import { readOnnxModel } from '../../partition/read-onnx-model.ts'
import type { EmbeddingManifest } from '../../spec/embedding-manifest.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Embeddings } from '../embedder.ts'
import { type Inference, loadInference, type Tensors } from '../onnx/onnxruntime.ts'
import { createTextTokens, type TextTokens } from '../tokenizer/text-encoder.ts'
import { readTokenizerFiles } from '../tokenizer/tokenizer-files.ts'
import { poolVectors } from './pool-vectors.ts'

export interface LoadEncoderOptions {
  readonly manifest: EmbeddingManifest
  readonly threads: number
}

/** A loaded model that turns texts into vectors. */
export interface Encoder extends AsyncDisposable {
  /** Vectors of these texts, one after the other, so that a vector never depends on its neighbours. Throws `context-exceeded` before any work. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Embeddings>
}

/** Longest text that is looked at, in characters for each token that fits: a longer one takes seconds to cut into tokens. */
const charactersPerToken = 100
const knownInputs = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'] as const
const knownOutputs = ['last_hidden_state', 'token_embeddings', 'hidden_states']

/** Loads an encoder (BERT and its kin) with onnxruntime. Throws `model-invalid` when files are damaged or of an unknown kind. */
export async function loadEncoder({ manifest, threads }: LoadEncoderOptions): Promise<Encoder> {
  const tokens = createTextTokens(await readTokenizerFiles(manifest.folder))
  const path = join(manifest.folder, manifest.path)
  const model = readOnnxModel(path)
  const inputs = model.graph.inputs.map(({ name }) => name)
  const unknown = inputs.find((name) => !knownInputs.some((known) => known === name))
  if (unknown !== undefined || !inputs.includes('input_ids')) {
    throw new EdgewiseError('model-invalid', `${path} is no text encoder: it wants ${inputs.join(', ') || 'nothing'}`)
  }
  const output = knownOutputs.find((known) => model.graph.outputs.some(({ name }) => name === known))
  if (output === undefined) {
    throw new EdgewiseError('model-invalid', `${path} gives none of ${knownOutputs.join(', ')}: export it with them`)
  }
  const inference = await load(encodeOnnxModel(model), { path, folder: model.folder, threads })
  const loaded = { manifest, tokens, inference, inputs, output }
  return {
    embed: (texts, signal) => embed(loaded, texts, signal),
    [Symbol.asyncDispose]: () => inference.release(),
  }
}

async function load(
  graph: Uint8Array,
  { path, folder, threads }: { readonly path: string; readonly folder: string; readonly threads: number },
): Promise<Inference> {
  try {
    return await loadInference({ graph, folder, threads })
  } catch (cause) {
    if (cause instanceof EdgewiseError) throw cause
    throw new EdgewiseError('model-invalid', `onnxruntime refuses ${path}: ${(cause as Error).message}`, { cause })
  }
}

interface Loaded {
  readonly manifest: EmbeddingManifest
  readonly tokens: TextTokens
  readonly inference: Inference
  readonly inputs: readonly string[]
  readonly output: string
}

async function embed(loaded: Loaded, texts: readonly string[], signal: AbortSignal): Promise<Embeddings> {
  const all = texts.map((text, index) => idsOf(loaded, text, index))
  const vectors: Float32Array[] = []
  for (const ids of all) {
    // An abort is a message, which is only read between two steps.
    await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) throw new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
    vectors.push(await vectorOf(loaded, ids))
  }
  return { vectors, promptTokens: all.reduce((sum, { length }) => sum + length, 0) }
}

function idsOf({ manifest, tokens }: Loaded, text: string, index: number): readonly number[] {
  const { id, contextTokens } = manifest
  const characters = contextTokens * charactersPerToken
  if (text.length > characters) throw tooLong(`${text.length} characters`, `takes at most ${characters} characters`)
  const ids = tokens.encode(text)
  if (ids.length > contextTokens) throw tooLong(`${ids.length} tokens`, `holds ${contextTokens} tokens`)
  return ids

  function tooLong(length: string, limit: string): EdgewiseError {
    const message = `input ${index} has ${length}; ${id} ${limit}. Cut it into shorter texts.`
    return new EdgewiseError('context-exceeded', message, { param: `input.${index}` })
  }
}

async function vectorOf(loaded: Loaded, ids: readonly number[]): Promise<Float32Array> {
  const { manifest, inference, inputs, output } = loaded
  const values: Record<string, (id: number, place: number) => number> = {
    input_ids: (id) => id,
    attention_mask: () => 1,
    token_type_ids: () => 0,
    position_ids: (_, place) => place,
  }
  const feeds: Tensors = Object.fromEntries(
    inputs.map((name) => {
      const data = BigInt64Array.from(ids, (id, place) => BigInt(values[name]?.(id, place) ?? 0))
      return [name, { dims: [1, ids.length], data }]
    }),
  )
  const given = (await inference.run(feeds))[output]
  if (given === undefined || given.data.length !== ids.length * manifest.dimensions) {
    const message = `${manifest.id} gives no vectors of ${manifest.dimensions} numbers, as its config.json says`
    throw new EdgewiseError('model-invalid', message)
  }
  // (1, tokens, dimensions)
  const data = given.data instanceof Float32Array ? given.data : Float32Array.from(given.data, Number)
  return poolVectors({ data, tokens: ids.length }, manifest)
}
