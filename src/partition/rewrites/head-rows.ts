import { dataType } from '../data-type.ts'
import { int64Payload } from '../graph-builder.ts'
import type { OnnxGraph, OnnxModel, OnnxTensor } from '../onnx-model.ts'
import { makeNode, type OnnxNode, rewire } from '../onnx-node.ts'
import { makeValueInfo } from '../value-info.ts'

/** The input, int64[1], that a model has after `keepHeadRows`: the first row of the step that the LM head computes. */
export const firstHeadRow = 'edgewise.head_from'

const axis = 'edgewise.head_axis'
const end = 'edgewise.head_end'
const kept = 'edgewise.head_rows'

/** What may stand between the LM head and the logits: each row of the result depends on the same row only. */
const rowWise = new Set(['Cast', 'Mul', 'Div', 'Add', 'Sub', 'Tanh'])
const heads = new Set(['MatMul', 'MatMulNBits', 'FusedMatMul'])

/**
 * Lets the LM head compute only the rows from `firstHeadRow` on, by a Slice before it. Row 0 gives all rows.
 * Where the head is of an unknown kind, or scales its input over all rows (int8), the Slice goes behind it: same rows, no time saved.
 */
export function keepHeadRows(model: OnnxModel, logits: string): OnnxModel {
  const { graph } = model
  const head = findHead(graph, logits)
  const nodes = head === undefined ? sliceLogits(graph, logits) : sliceBefore(graph, head)
  const constants: OnnxTensor[] = [
    { name: axis, dataType: dataType.int64, dims: [1], payload: int64Payload([1]) },
    { name: end, dataType: dataType.int64, dims: [1], payload: int64Payload([2n ** 62n]) },
  ]
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      initializers: new Map([...graph.initializers, ...constants.map((tensor) => [tensor.name, tensor] as const)]),
      inputs: [...graph.inputs, makeValueInfo(firstHeadRow, dataType.int64, [1])],
      outputs: graph.outputs.map((output) => (output.name === logits ? withHeadRows(output) : output)),
      // Shapes noted for values behind the Slice would contradict it; the engine infers them anew.
      valueInfo: new Map(),
    },
  }
}

function findHead(graph: OnnxGraph, logits: string): OnnxNode | undefined {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  const isConstant = (name: string) => graph.initializers.has(name) || producers.get(name)?.op === 'Constant'
  let node = producers.get(logits)
  for (let steps = 0; node !== undefined && steps < 16; steps++) {
    if (heads.has(node.op)) return node
    if (!rowWise.has(node.op)) return undefined
    const [value, ...others] = node.inputs.filter((name) => name !== '' && !isConstant(name))
    node = value === undefined || others.length > 0 ? undefined : producers.get(value)
  }
  return undefined
}

function sliceBefore(graph: OnnxGraph, head: OnnxNode): OnnxNode[] {
  const [hidden = '', ...weights] = head.inputs
  const slice = makeSlice(hidden, kept)
  return graph.nodes.flatMap((node) => (node === head ? [slice, rewire(node, { inputs: [kept, ...weights] })] : [node]))
}

function sliceLogits(graph: OnnxGraph, logits: string): OnnxNode[] {
  const whole = `${logits}.whole`
  const rename = (name: string) => (name === logits ? whole : name)
  const nodes = graph.nodes.map((node) =>
    [...node.inputs, ...node.outputs].includes(logits)
      ? rewire(node, { inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })
      : node,
  )
  return [...nodes, makeSlice(whole, logits)]
}

function makeSlice(from: string, to: string): OnnxNode {
  return makeNode({ name: `${to}/Slice`, op: 'Slice', inputs: [from, firstHeadRow, end, axis], outputs: [to] })
}

function withHeadRows(output: OnnxGraph['outputs'][number]) {
  const dims = output.dims.map((dim, index) => (index === 1 ? 'head_rows' : (dim ?? `dim_${index}`)))
  return makeValueInfo(output.name, output.dataType, dims)
}
