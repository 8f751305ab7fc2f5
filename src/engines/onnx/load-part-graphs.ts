import { dataType } from '../../partition/data-type.ts'
import { encodeOnnxModel } from '../../partition/encode-onnx-model.ts'
import { hiddenNames } from '../../partition/hidden-names.ts'
import type { OnnxModel } from '../../partition/onnx-model.ts'
import { setAccuracyLevel } from '../../partition/rewrites/accuracy-level.ts'
import { keepNewKvRows } from '../../partition/rewrites/delta-kv.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { LayerRange } from '../../spec/layer-range.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { Session, SessionModel } from '../engine.ts'
import { CopyKvCache } from './copy-kv-cache.ts'
import { DeltaKvCache } from './delta-kv-cache.ts'
import { type LoadedBody, type LoadedHead, type LoadedPart, OnnxPartSession } from './onnx-part-session.ts'
import { type Inference, loadInference } from './onnxruntime.ts'
import { readPartSignature } from './part-signature.ts'

export interface PartGraphs {
  /** What the whole model is. */
  readonly manifest: ModelManifest
  readonly layers: LayerRange
  /** The layers; absent when there are none. */
  readonly body?: OnnxModel
  /** Final norm and LM head; absent when the part gives hidden states. */
  readonly head?: OnnxModel
  readonly threads: number
  readonly kvCache?: 'delta' | 'copy'
}

/** Loads graphs that were cut. Throws `model-invalid` for graphs that are none, `engine-unavailable` without the library. */
export async function loadPartGraphs({
  manifest,
  layers,
  body,
  head,
  threads,
  kvCache,
}: PartGraphs): Promise<SessionModel> {
  await using loading = new AsyncDisposableStack()
  const load = async (model: OnnxModel) => {
    const inference = await loadGraph(model, { id: manifest.id, threads })
    loading.defer(() => inference.release())
    return inference
  }
  const part: LoadedPart = {
    name: `layers [${layers.start}, ${layers.end}) of ${manifest.id}`,
    layers,
    takes: layers.start === 0 ? 'tokens' : 'hidden',
    hiddenSize: manifest.hiddenSize,
    vocabulary: manifest.vocabulary,
    contextTokens: manifest.contextTokens,
    ...(body === undefined ? {} : { body: await loadBody(body, { manifest, layers, kvCache, load }) }),
    ...(head === undefined ? {} : { head: await loadHead(head, load) }),
  }
  return new OnnxPartSessions(part, loading.move())
}

type Load = (model: OnnxModel) => Promise<Inference>

async function loadBody(
  model: OnnxModel,
  {
    manifest,
    layers,
    kvCache,
    load,
  }: Pick<PartGraphs, 'manifest' | 'layers'> & { kvCache: PartGraphs['kvCache'] | undefined; load: Load },
): Promise<LoadedBody> {
  const refuse = (what: string): never => {
    throw new EdgewiseError('model-invalid', `layers [${layers.start}, ${layers.end}) of ${manifest.id}: ${what}`)
  }
  const signature = readPartSignature(model, { manifest, layers, refuse })
  const kvOutputs = new Set(signature.kv.map(({ present }) => present))
  const sliced = kvCache === 'copy' ? undefined : keepNewKvRows(model, kvOutputs)
  const inference = await load(setAccuracyLevel(sliced ?? model))
  const { kvHeads: heads, headDim } = manifest
  const shape = { heads, headDim, half: signature.kvHalf, maxRows: signature.contextTokens }
  const Cache = sliced === undefined ? CopyKvCache : DeltaKvCache
  const kvBytesPerToken = signature.kv.length * heads * headDim * (signature.kvHalf ? 2 : 4)
  return { inference, signature, kvBytesPerToken, openCache: () => new Cache(signature.kv, shape) }
}

async function loadHead(model: OnnxModel, load: Load): Promise<LoadedHead> {
  const input = model.graph.inputs.find(({ name }) => name === hiddenNames.in)
  const [logits, ...others] = model.graph.outputs
  if (input?.dataType !== dataType.float32 || logits === undefined || others.length > 0) {
    throw new EdgewiseError('model-invalid', 'the graph of the head does not take hidden states and give logits')
  }
  return {
    inference: await load(setAccuracyLevel(model)),
    logits: logits.name,
  }
}

async function loadGraph(model: OnnxModel, { id, threads }: { id: string; threads: number }): Promise<Inference> {
  try {
    return await loadInference({ graph: encodeOnnxModel(model), folder: model.folder, threads })
  } catch (cause) {
    if (cause instanceof EdgewiseError) throw cause
    throw new EdgewiseError('model-invalid', `onnxruntime refuses a part of ${id}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

class OnnxPartSessions implements SessionModel {
  readonly #part: LoadedPart
  readonly #loaded: AsyncDisposableStack
  readonly layers: LayerRange
  readonly rowSize: number
  readonly contextTokens: number
  readonly kvBytesPerToken: number

  constructor(part: LoadedPart, loaded: AsyncDisposableStack) {
    const { body, head, layers, vocabulary, hiddenSize, contextTokens } = part
    this.#part = part
    this.#loaded = loaded
    this.layers = layers
    this.rowSize = head === undefined ? hiddenSize : vocabulary
    this.contextTokens = body?.signature.contextTokens ?? contextTokens
    this.kvBytesPerToken = body?.kvBytesPerToken ?? 0
  }

  openSession(): Session {
    return new OnnxPartSession(this.#part)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loaded.disposeAsync()
  }
}
