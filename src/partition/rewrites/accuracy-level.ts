import type { OnnxModel } from '../onnx-model.ts'
import { addAttribute, readInt } from '../onnx-node.ts'

/** Lets MatMulNBits compute with int8 activations (accuracy level 4) where the export does not say: much faster on CPUs. */
export function setAccuracyLevel(model: OnnxModel): OnnxModel {
  const nodes = model.graph.nodes.map((node) =>
    node.op === 'MatMulNBits' && readInt(node, 'accuracy_level') === undefined
      ? addAttribute(node, 'accuracy_level', { int: 4 })
      : node,
  )
  return { ...model, graph: { ...model.graph, nodes } }
}
