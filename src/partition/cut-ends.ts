import { dataType } from './data-type.ts'
import type { Crossing, Cut } from './find-cuts.ts'
import { hiddenNames } from './hidden-names.ts'
import type { OnnxGraph } from './onnx-model.ts'
import { makeNode, type OnnxNode, rewire } from './onnx-node.ts'

/**
 * Adds the output of a part that ends at this cut: f32, whatever the model computes in. A norm that adds two f16 values does it in f32; a sum
 * rounded to f16 would give other bits above.
 */
export function endAt(graph: OnnxGraph, { crossing }: Cut): OnnxGraph {
  const isFloat = crossingType(graph, crossing) === dataType.float32
  const nodes = [...graph.nodes]
  const wide = (value: string, index: number): string => {
    if (isFloat) return value
    const [rounded, output] = [`edgewise.cut/rounded_${index}`, `edgewise.cut/wide_${index}`]
    const isRounded = crossing.kind === 'sum'
    if (isRounded) nodes.push(keepRounded(value, rounded))
    nodes.push(cast(isRounded ? rounded : value, { to: dataType.float32, output }))
    return output
  }
  const values = crossing.kind === 'sum' ? crossing.values : [crossing.name]
  const op = crossing.kind === 'sum' ? 'Add' : 'Identity'
  const inputs = values.map(wide)
  nodes.push(makeNode({ name: `edgewise.cut/${op}`, op, inputs, outputs: [hiddenNames.out] }))
  return { ...graph, nodes }
}

/** A copy of an f16 value that a fused norm reads or gives. Without it onnxruntime drops the casts around it, and computes with what was there before rounding. */
function keepRounded(value: string, output: string): OnnxNode {
  return makeNode({ name: output, op: 'Concat', inputs: [value], outputs: [output], attributes: { axis: { int: 0 } } })
}

/** Lets everything above a cut read the part's input. A norm that adds keeps its kernel, and so its rounding: it adds zero. */
export function beginAt(graph: OnnxGraph, { position, crossing }: Cut): OnnxGraph {
  const type = crossingType(graph, crossing)
  if (crossing.kind === 'sum') return beginWithNorm(graph, { norm: crossing.norm, type })
  const narrow = 'edgewise.cut/narrow'
  const isFloat = type === dataType.float32
  const first = isFloat ? [] : [cast(hiddenNames.in, { to: type, output: narrow })]
  const replace = (name: string) => (name !== crossing.name ? name : isFloat ? hiddenNames.in : narrow)
  const nodes = graph.nodes.map((node, at) => (at < position ? node : rewireInputs(node, replace)))
  return { ...graph, nodes: [...first, ...nodes] }
}

function beginWithNorm(graph: OnnxGraph, { norm, type }: { norm: OnnxNode; type: number }): OnnxGraph {
  const zero = 'edgewise.cut.zero'
  const values = [hiddenNames.in, hiddenNames.in]
  const before = [makeNode({ name: 'edgewise.cut/Sub', op: 'Sub', inputs: values, outputs: [zero] })]
  const after: OnnxNode[] = []
  const isFloat = type === dataType.float32
  const wide = (weights: string, index: number): string => {
    if (isFloat || weights === '') return weights
    const name = `edgewise.cut/weights_${index}`
    before.push(cast(weights, { to: dataType.float32, output: name }))
    return name
  }
  const narrow = (output: string, index: number): string => {
    if (isFloat || output === '') return output
    const [name, half] = [`edgewise.cut/normed_${index}`, `edgewise.cut/half_${index}`]
    after.push(cast(name, { to: type, output: half }), keepRounded(half, output))
    return name
  }
  const inputs = [hiddenNames.in, zero, ...norm.inputs.slice(2).map(wide)]
  const at = graph.nodes.findIndex(({ outputs }) => outputs[0] === norm.outputs[0])
  const nodes = graph.nodes.toSpliced(at, 1, rewire(norm, { inputs, outputs: norm.outputs.map(narrow) }), ...after)
  return { ...graph, nodes: [...before, ...nodes] }
}

function cast(from: string, { to, output }: { to: number; output: string }): OnnxNode {
  return makeNode({
    name: `${output}/Cast`,
    op: 'Cast',
    inputs: [from],
    outputs: [output],
    attributes: { to: { int: to } },
  })
}

function rewireInputs(node: OnnxNode, replace: (name: string) => string): OnnxNode {
  const inputs = node.inputs.map(replace)
  return inputs.every((name, index) => name === node.inputs[index]) ? node : rewire(node, { inputs })
}

/** Element type of what crosses: that of the norm's weights, or as the graph notes it, else that of the KV cache. */
function crossingType({ initializers, inputs, valueInfo }: OnnxGraph, crossing: Crossing): number {
  const known =
    crossing.kind === 'sum'
      ? initializers.get(crossing.norm.inputs[2] ?? '')?.dataType
      : valueInfo.get(crossing.name)?.dataType
  return known ?? inputs.find(({ name }) => name.startsWith('past_key_values.'))?.dataType ?? dataType.float32
}
