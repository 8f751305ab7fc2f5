import { dataType } from '../../partition/data-type.ts'
import type { OnnxModel } from '../../partition/onnx-model.ts'
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

/** Reads the signature of a whole decoder. Throws `model-invalid` for inputs or types this engine cannot feed, and where graph and manifest differ. */
export function readSignature(model: OnnxModel, manifest: ModelManifest): DecoderSignature {
  const { graph } = model
  const refuse = (what: string): never => {
    throw new EdgewiseError('model-invalid', `model ${manifest.id}, ${manifest.variants[0]?.path}: ${what}`)
  }
  const pasts = graph.inputs.filter(({ name }) => kvName(name, 'past_key_values') !== undefined)
  const inputs = new Map<StepInput, number>()
  for (const input of graph.inputs.filter((candidate) => !pasts.includes(candidate))) {
    const role = stepInputs.find((name) => name === input.name)
    if (role === undefined) refuse(`the graph asks for the input ${input.name}, which this engine does not know`)
    else if (input.dataType !== dataType.int64) refuse(`the input ${input.name} is no int64 tensor`)
    else inputs.set(role, input.dims.length)
  }
  if (!inputs.has('input_ids')) refuse('the graph has no input input_ids')

  const outputs = new Map(graph.outputs.map((output) => [output.name, output]))
  const kv = pasts.map(({ name }) => ({ past: name, present: name.replace('past_key_values', 'present') }))
  for (const { present } of kv) if (!outputs.has(present)) refuse(`the graph has no output ${present}`)
  const layers = new Set(pasts.map(({ name }) => kvName(name, 'past_key_values')?.layer)).size
  if (layers !== manifest.layers || kv.length !== 2 * layers) {
    refuse(
      `the graph has ${kv.length} KV inputs of ${layers} layers, but the configuration names ${manifest.layers} layers`,
    )
  }
  const half = floatType(pasts, refuse)
  const logits = outputs.get('logits') ?? refuse('the graph has no output logits')
  floatType([logits], refuse)
  const size = (info: ValueInfo | undefined, index: number, named: number, what: string): number => {
    const dim = info?.dims.at(index)
    if (typeof dim === 'number' && dim !== named)
      refuse(`${info?.name} has ${dim} ${what}, but the configuration says ${named}`)
    return named
  }
  return {
    inputs,
    kv,
    kvHalf: half,
    layers,
    kvHeads: size(pasts[0], 1, manifest.kvHeads, 'KV heads'),
    headDim: size(pasts[0], 3, manifest.headDim, 'values a head'),
    logits: logits.name,
    vocabulary: size(logits, -1, manifest.vocabulary, 'logits a row'),
    contextTokens: Math.min(manifest.contextTokens, rotaryRows(model)),
  }
}

function kvName(name: string, prefix: string): { layer: number } | undefined {
  const match = /^(\w+)\.(\d+)\.(key|value)$/.exec(name)
  return match?.[1] === prefix ? { layer: Number(match[2]) } : undefined
}

/** True for f16. All must agree. */
function floatType(infos: readonly ValueInfo[], refuse: (what: string) => never): boolean {
  const types = new Set(infos.map((info) => info.dataType))
  const [type = 0] = types
  if (types.size > 1) refuse(`the KV tensors have several element types: ${[...types].join(', ')}`)
  if (type !== dataType.float32 && type !== dataType.float16) refuse(`${infos[0]?.name} is neither f32 nor f16`)
  return type === dataType.float16
}

/** Rows of the smallest table of rotary angles that GroupQueryAttention reads; beyond it the angles are undefined. */
function rotaryRows({ graph }: OnnxModel): number {
  const tables = graph.nodes
    .filter((node) => node.op === 'GroupQueryAttention')
    .map((node) => graph.initializers.get(node.inputs[7] ?? '')?.dims[0] ?? Number.POSITIVE_INFINITY)
  return Math.min(...tables)
}
