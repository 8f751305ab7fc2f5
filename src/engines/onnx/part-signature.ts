import { dataType } from '../../partition/data-type.ts'
import { hiddenNames } from '../../partition/hidden-names.ts'
import { layerOfPast, presentOf } from '../../partition/kv-names.ts'
import type { OnnxModel } from '../../partition/onnx-model.ts'
import type { LayerRange } from '../../spec/layer-range.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import {
  type KvTensor,
  type Refuse,
  readStepInputs,
  requireFloat,
  rotaryRows,
  type StepInput,
} from './decoder-signature.ts'

/** What the graph of a few layers takes. */
export interface PartSignature {
  readonly inputs: ReadonlyMap<StepInput, number>
  readonly kv: readonly KvTensor[]
  readonly kvHalf: boolean
  /** Tokens that the context and the tables of rotary angles hold. */
  readonly contextTokens: number
}

/** Reads the signature of the layers of a decoder. Refuses graphs that this engine cannot feed, or that have other layers. */
export function readPartSignature(
  model: OnnxModel,
  {
    manifest,
    layers,
    refuse,
  }: { readonly manifest: ModelManifest; readonly layers: LayerRange; readonly refuse: Refuse },
): PartSignature {
  const { inputs, outputs } = model.graph
  const pasts = inputs.filter(({ name }) => layerOfPast(name) !== undefined)
  const found = new Set(pasts.map(({ name }) => layerOfPast(name)))
  const isWhole = Array.from({ length: layers.end - layers.start }, (_, index) => layers.start + index)
  if (found.size !== isWhole.length || !isWhole.every((layer) => found.has(layer))) {
    refuse(`the graph has the KV cache of layers ${[...found].join(', ')}, not of [${layers.start}, ${layers.end})`)
  }
  const missing = pasts.find(({ name }) => !outputs.some((output) => output.name === presentOf(name)))
  if (missing !== undefined) refuse(`the graph has no output ${presentOf(missing.name)}`)
  const wrong = pasts.find(
    ({ dims: [, heads, , size] }) => differs(heads, manifest.kvHeads) || differs(size, manifest.headDim),
  )
  if (wrong !== undefined)
    refuse(`${wrong.name} has the shape ${JSON.stringify(wrong.dims)}, which is not that of the model`)
  const isHidden = ({ name }: { readonly name: string }) => name === hiddenNames.in || name === hiddenNames.out
  const strange = [...inputs, ...outputs].find((info) => isHidden(info) && info.dataType !== dataType.float32)
  if (strange !== undefined) refuse(`${strange.name} is not f32`)
  return {
    inputs: readStepInputs(
      inputs.filter((input) => !pasts.includes(input) && !isHidden(input)),
      refuse,
    ),
    kv: pasts.map(({ name }) => ({ past: name, present: presentOf(name) })),
    kvHalf: requireFloat(pasts, refuse) === dataType.float16,
    contextTokens: Math.min(manifest.contextTokens, rotaryRows(model)),
  }
}

function differs(dim: number | string | undefined, expected: number): boolean {
  return typeof dim === 'number' && dim !== expected
}
