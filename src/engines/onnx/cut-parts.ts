import { cutModel } from '../../partition/cut-model.ts'
import type { CutList } from '../../partition/find-cuts.ts'
import type { OnnxModel } from '../../partition/onnx-model.ts'
import type { LayerRange } from '../../spec/layer-range.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import { readSignature } from './decoder-signature.ts'

export interface CutPartsOptions {
  readonly manifest: ModelManifest
  readonly layers: LayerRange
  /** With final norm and LM head. */
  readonly head: boolean
  readonly cuts: CutList
}

/** The graphs of a part: its layers, unless there are none, and its head, if it has one. */
export function cutParts(
  model: OnnxModel,
  { manifest, layers, head, cuts }: CutPartsOptions,
): { readonly body?: OnnxModel; readonly head?: OnnxModel } {
  const { logits } = readSignature(model, manifest)
  const cut = (part: LayerRange | 'head') =>
    cutModel(model, { cuts, part: part === 'head' ? part : { layers: part }, hiddenSize: manifest.hiddenSize, logits })
  return {
    ...(layers.start === layers.end ? {} : { body: cut(layers) }),
    ...(head ? { head: cut('head') } : {}),
  }
}
