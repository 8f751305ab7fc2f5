import { layerOfPast } from './kv-names.ts'
import type { OnnxGraph } from './onnx-model.ts'
import { capturedValues, type OnnxNode } from './onnx-node.ts'

/** Where the values of a graph come from and where they are needed. Positions are those of the nodes, in their order. */
export interface GraphFlow {
  readonly nodes: readonly OnnxNode[]
  /** Position of the node that makes a value. */
  readonly producer: ReadonlyMap<string, number>
  /** Positions of the nodes that read a value itself, in order; to ask for its shape is not to read it. */
  readonly readers: ReadonlyMap<string, readonly number[]>
  /** Values that depend on what the tokens are. All others, such as masks and rotary angles, any part can compute for itself. */
  readonly activations: ReadonlySet<string>
}

/** Inputs that say what the tokens are. */
const tokenInputs = new Set(['input_ids', 'inputs_embeds'])

/** Follows the values through a graph whose nodes are in topological order. */
export function traceFlow(graph: OnnxGraph): GraphFlow {
  const producer = new Map<string, number>()
  const readers = new Map<string, number[]>()
  const activations = new Set(
    graph.inputs.map(({ name }) => name).filter((name) => tokenInputs.has(name) || layerOfPast(name) !== undefined),
  )
  for (const [position, node] of graph.nodes.entries()) {
    const read = readValues(node)
    for (const name of read) {
      const known = readers.get(name)
      if (known === undefined) readers.set(name, [position])
      else known.push(position)
    }
    const carries = read.some((name) => activations.has(name))
    for (const output of node.outputs) {
      if (output === '') continue
      producer.set(output, position)
      if (carries) activations.add(output)
    }
  }
  return { nodes: graph.nodes, producer, readers, activations }
}

/** Values that a node reads, those of its subgraphs too. Of `Shape` none: it looks at the shape alone. */
export function readValues(node: OnnxNode): readonly string[] {
  return node.op === 'Shape' ? [] : neededValues(node)
}

/** Values that must exist before a node can run, each once. */
export function neededValues(node: OnnxNode): readonly string[] {
  return [...new Set([...node.inputs, ...capturedValues(node)])].filter((name) => name !== '')
}
