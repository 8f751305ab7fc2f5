import { EdgewiseError } from '../spec/errors.ts'
import { neededValues } from './graph-flow.ts'
import type { OnnxGraph, OnnxTensor } from './onnx-model.ts'
import type { OnnxNode } from './onnx-node.ts'

/** The nodes, weights and inputs that the outputs of a graph depend on, and no others. Throws `model-invalid` when a value comes from nowhere. */
export function extractGraph(graph: OnnxGraph): OnnxGraph {
  const producer = new Map<string, OnnxNode>()
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== '') producer.set(output, node)
  const isInput = new Set(graph.inputs.map(({ name }) => name))
  const nodes = new Set<OnnxNode>()
  const inputs = new Set<string>()
  const initializers = new Map<string, OnnxTensor>()
  const open = graph.outputs.map(({ name }) => name)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const tensor = graph.initializers.get(name)
    const node = producer.get(name)
    if (isInput.has(name)) inputs.add(name)
    else if (tensor !== undefined) initializers.set(name, tensor)
    else if (node !== undefined && !nodes.has(node)) {
      nodes.add(node)
      open.push(...node.inputs.filter((input) => input !== ''))
      // A name in a subgraph may be one of its own values.
      open.push(...neededValues(node).filter((value) => isKnown(value)))
    } else if (node === undefined) {
      throw new EdgewiseError('model-invalid', `the graph reads ${name}, which nothing in it makes`)
    }
  }
  function isKnown(name: string): boolean {
    return producer.has(name) || graph.initializers.has(name) || isInput.has(name)
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    initializers: new Map([...graph.initializers].filter(([name]) => initializers.has(name))),
    inputs: graph.inputs.filter(({ name }) => inputs.has(name)),
    // Hints only; onnxruntime infers the shapes anew.
    valueInfo: new Map(),
  }
}
