import { join } from 'node:path'
import { findCuts } from '../../partition/find-cuts.ts'
import { readOnnxModel } from '../../partition/read-onnx-model.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { LayerRange } from '../../spec/layer-range.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { SessionModel } from '../engine.ts'
import { cutParts } from './cut-parts.ts'
import { loadPartGraphs } from './load-part-graphs.ts'

export interface LoadOnnxPartOptions {
  /** The whole model. Its first variant is cut. */
  readonly manifest: ModelManifest
  /** The layers to load; `[n, n)` with n layers in all for the head alone. */
  readonly layers: LayerRange
  /** With final norm and LM head: the part gives logits. Only behind the last layer. */
  readonly head: boolean
  /** Threads that one step may use. */
  readonly threads: number
  /** `copy` forces the KV cache that any graph allows; absent: `delta`, which is faster, where the graph allows it. */
  readonly kvCache?: 'delta' | 'copy'
}

/**
 * Loads some layers of a model out of its own files: nothing is copied or written, and only the weights of those layers are read. Layers from 0 on
 * take tokens, others hidden states. Throws `model-invalid` where the model cannot be cut there, with the tensors that would cross.
 */
export async function loadOnnxPart({ manifest, layers, head, ...options }: LoadOnnxPartOptions): Promise<SessionModel> {
  if (head && layers.end !== manifest.layers) {
    throw new RangeError(`the head follows layer ${manifest.layers}, not ${layers.end}`)
  }
  const [variant] = manifest.variants
  if (variant === undefined) throw new EdgewiseError('model-invalid', `model ${manifest.id} has no graph`)
  const model = readOnnxModel(join(manifest.folder, variant.path))
  const graphs = cutParts(model, { manifest, layers, head, cuts: findCuts(model) })
  return loadPartGraphs({ manifest, layers, ...graphs, ...options })
}
