import { dataType } from '../../partition/data-type.ts'
import { layerOfPast, presentOf } from '../../partition/kv-names.ts'
import type { OnnxGraph, OnnxModel } from '../../partition/onnx-model.ts'
import type { ValueInfo } from '../../partition/value-info.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'

/** Inputs of a decoder beside the KV cache, all int64. */
const stepInputs = ['input_ids', 'attention_mask', 'position_ids', 'num_logits_to_keep'] as const
export type StepInput = (typeof stepInputs)[number]

/** One KV tensor: what a step is fed (`past`) and what it gives (`present`). */
export interface KvTensor {
  readonly past: string
  readonly present: string
}

/** What a decoder graph takes and gives. */
export interface DecoderSignature {
  /** The step inputs that the graph has, with their number of dimensions. */
  readonly inputs: ReadonlyMap<StepInput, number>
  readonly kv: readonly KvTensor[]
  readonly kvHalf: boolean
  readonly layers: number
  readonly kvHeads: number
  readonly headDim: number
  readonly logits: string
  readonly vocabulary: number
  /** Tokens that the context and the tables of rotary angles hold. */
  readonly contextTokens: number
}

/** Throws `model-invalid`, naming model and graph. */
export type Refuse = (what: string) => never

/** Reads the signature of a whole decoder. Throws `model-invalid` for inputs or types this engine cannot feed, and where graph and manifest differ. */
export function readSignature(model: OnnxModel, manifest: ModelManifest): DecoderSignature {
  const { graph } = model
  const refuse: Refuse = (what) => {
    throw new EdgewiseError('model-invalid', `model ${manifest.id}, ${manifest.variants[0]?.path}: ${what}`)
  }
  const pasts = graph.inputs.filter(({ name }) => layerOfPast(name) !== undefined)
  const logits = graph.outputs.find(({ name }) => name === 'logits')
  if (logits === undefined) refuse('the graph has no output logits')
  checkLayers(graph, pasts, { layers: manifest.layers, refuse })
  requireFloat([logits], refuse)
  const size = (info: ValueInfo | undefined, index: number, named: number, what: string): number => {
    const dim = info?.dims.at(index)
    if (typeof dim === 'string' || dim === undefined || dim === named) return named
    return refuse(`${info?.name} has ${dim} ${what}, but the configuration says ${named}`)
  }
  const inputs = readStepInputs(
    graph.inputs.filter((input) => !pasts.includes(input)),
    refuse,
  )
  if (!inputs.has('input_ids')) refuse('the graph has no input input_ids')
  return {
    inputs,
    kv: pasts.map(({ name }) => ({ past: name, present: presentOf(name) })),
    kvHalf: requireFloat(pasts, refuse) === dataType.float16,
    layers: manifest.layers,
    kvHeads: size(pasts[0], 1, manifest.kvHeads, 'KV heads'),
    headDim: size(pasts[0], 3, manifest.headDim, 'values a head'),
    logits: logits.name,
    vocabulary: size(logits, -1, manifest.vocabulary, 'logits a row'),
    contextTokens: Math.min(manifest.contextTokens, rotaryRows(model)),
  }
}

/** The inputs beside KV cache and hidden states. Refuses one that no step could feed. */
export function readStepInputs(infos: readonly ValueInfo[], refuse: Refuse): ReadonlyMap<StepInput, number> {
  const inputs = new Map<StepInput, number>()
  for (const { name, dataType: type, dims } of infos) {
    const known = stepInputs.find((candidate) => candidate === name)
    if (known === undefined) refuse(`the graph asks for the input ${name}, which this engine does not know`)
    if (type !== dataType.int64) refuse(`the input ${name} is no int64 tensor`)
    inputs.set(known, dims.length)
  }
  return inputs
}

function checkLayers(
  { outputs }: OnnxGraph,
  pasts: readonly ValueInfo[],
  { layers, refuse }: { layers: number; refuse: Refuse },
): void {
  const found = new Set(pasts.map(({ name }) => layerOfPast(name))).size
  if (found !== layers || pasts.length !== 2 * layers) {
    refuse(`the graph has ${pasts.length} KV inputs of ${found} layers, but the configuration names ${layers} layers`)
  }
  const missing = pasts
    .map(({ name }) => presentOf(name))
    .find((name) => !outputs.some((output) => output.name === name))
  if (missing !== undefined) refuse(`the graph has no output ${missing}`)
}

/** The element type of all, f32 or f16. */
export function requireFloat(infos: readonly ValueInfo[], refuse: Refuse): number {
  const [first, ...others] = infos
  const type = first?.dataType
  if (type !== dataType.float32 && type !== dataType.float16) refuse(`${first?.name} is neither f32 nor f16`)
  const other = others.find((info) => info.dataType !== type)
  if (other !== undefined) refuse(`${other.name} is of another type than ${first?.name}`)
  return type
}

/** Rows of the smallest table of rotary angles that GroupQueryAttention reads; beyond it the angles are undefined. */
export function rotaryRows({ graph }: OnnxModel): number {
  const tables = graph.nodes
    .filter((node) => node.op === 'GroupQueryAttention')
    .map((node) => graph.initializers.get(node.inputs[7] ?? '')?.dims[0] ?? Number.POSITIVE_INFINITY)
  return Math.min(...tables)
}
