import { join } from 'node:path'
import { encodeOnnxModel } from '../../partition/encode-onnx-model.ts'
import type { OnnxModel } from '../../partition/onnx-model.ts'
import { readOnnxModel } from '../../partition/read-onnx-model.ts'
import { setAccuracyLevel } from '../../partition/rewrites/accuracy-level.ts'
import { keepNewKvRows } from '../../partition/rewrites/delta-kv.ts'
import { keepHeadRows } from '../../partition/rewrites/head-rows.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { Session, SessionModel } from '../engine.ts'
import { CopyKvCache } from './copy-kv-cache.ts'
import { type DecoderSignature, readSignature } from './decoder-signature.ts'
import { DeltaKvCache } from './delta-kv-cache.ts'
import { OnnxSession } from './onnx-session.ts'
import { type Inference, loadInference } from './onnxruntime.ts'

export interface LoadOnnxModelOptions {
  /** Its first variant is loaded. */
  readonly manifest: ModelManifest
  /** Threads that one step may use. */
  readonly threads: number
  /** `copy` forces the KV cache that any graph allows; absent: `delta`, which is faster, where the graph allows it. */
  readonly kvCache?: 'delta' | 'copy'
}

/**
 * Loads a whole decoder with onnxruntime. Reads the model's folder, writes nothing.
 * Throws `model-invalid` when files are damaged or of a kind this engine does not know, `engine-unavailable` without the library.
 */
export async function loadOnnxModel({ manifest, threads, kvCache }: LoadOnnxModelOptions): Promise<SessionModel> {
  const [variant] = manifest.variants
  if (variant === undefined) throw new EdgewiseError('model-invalid', `model ${manifest.id} has no graph`)
  const path = join(manifest.folder, variant.path)
  const original = readOnnxModel(path)
  const signature = readSignature(original, manifest)
  const kvOutputs = new Set(signature.kv.map(({ present }) => present))
  const sliced = kvCache === 'copy' ? undefined : keepNewKvRows(original, kvOutputs)
  const graph = keepHeadRows(setAccuracyLevel(sliced ?? original), signature.logits)
  const inference = await load(graph, { path, threads })
  return new OnnxModelSessions({ id: manifest.id, inference, signature, delta: sliced !== undefined })
}

async function load(model: OnnxModel, { path, threads }: { path: string; threads: number }): Promise<Inference> {
  const graph = encodeOnnxModel(model)
  try {
    return await loadInference({ graph, folder: model.folder, threads })
  } catch (cause) {
    if (cause instanceof EdgewiseError) throw cause
    throw new EdgewiseError('model-invalid', `onnxruntime refuses ${path}: ${(cause as Error).message}`, { cause })
  }
}

interface Parts {
  readonly id: string
  readonly inference: Inference
  readonly signature: DecoderSignature
  readonly delta: boolean
}

class OnnxModelSessions implements SessionModel {
  readonly #parts: Parts
  readonly layers
  readonly rowSize: number
  readonly contextTokens: number
  readonly kvBytesPerToken: number

  constructor(parts: Parts) {
    const { layers, vocabulary, contextTokens, kv, kvHeads, headDim, kvHalf } = parts.signature
    this.#parts = parts
    this.layers = { start: 0, end: layers }
    this.rowSize = vocabulary
    this.contextTokens = contextTokens
    this.kvBytesPerToken = kv.length * kvHeads * headDim * (kvHalf ? 2 : 4)
  }

  openSession(): Session {
    const { signature, delta } = this.#parts
    const { kv, kvHeads, headDim, kvHalf, contextTokens } = signature
    const shape = { heads: kvHeads, headDim, half: kvHalf, maxRows: contextTokens }
    const Cache = delta ? DeltaKvCache : CopyKvCache
    return new OnnxSession(this.#parts, new Cache(kv, shape))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.inference.release()
  }
}
