import { dataType } from '../data-type.ts'
import { int64Payload } from '../graph-builder.ts'
import type { OnnxModel, OnnxTensor } from '../onnx-model.ts'
import { makeNode, type OnnxNode, rewire } from '../onnx-node.ts'
import { makeValueInfo } from '../value-info.ts'

/** The two inputs, int64[1], that a model has after `keepNewKvRows`: the rows [from, to) that a step adds to the KV cache. */
export const newKvRows = { from: 'edgewise.kv_from', to: 'edgewise.kv_to' } as const

const axis = 'edgewise.kv_axis'
const rows = 2

/**
 * Rewires every KV output of GroupQueryAttention to a Slice of the rows that the step added: (1, kvHeads, newRows, headDim) instead of
 * the whole cache. The caller owns the cache and may feed past tensors with spare rows. Undefined when some KV output comes from elsewhere.
 */
export function keepNewKvRows(model: OnnxModel, kvOutputs: ReadonlySet<string>): OnnxModel | undefined {
  const found = new Set<string>()
  const nodes: OnnxNode[] = []
  for (const node of model.graph.nodes) {
    const mine = node.op === 'GroupQueryAttention' ? node.outputs.filter((output) => kvOutputs.has(output)) : []
    const outputs = node.outputs.map((output) => (mine.includes(output) ? whole(output) : output))
    nodes.push(mine.length === 0 ? node : rewire(node, { outputs }))
    for (const output of mine) {
      found.add(output)
      nodes.push(
        makeNode({
          name: `${output}/Slice`,
          op: 'Slice',
          inputs: [whole(output), newKvRows.from, newKvRows.to, axis],
          outputs: [output],
        }),
      )
    }
  }
  if (found.size !== kvOutputs.size) return undefined
  const { graph } = model
  const axisTensor: OnnxTensor = { name: axis, dataType: dataType.int64, dims: [1], payload: int64Payload([rows]) }
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      initializers: new Map(graph.initializers).set(axis, axisTensor),
      inputs: [
        ...graph.inputs,
        makeValueInfo(newKvRows.from, dataType.int64, [1]),
        makeValueInfo(newKvRows.to, dataType.int64, [1]),
      ],
      outputs: graph.outputs.map((output) => (kvOutputs.has(output.name) ? withNewRows(output) : output)),
    },
  }
}

function whole(output: string): string {
  return `${output}.whole`
}

function withNewRows(output: OnnxModel['graph']['outputs'][number]) {
  const dims = output.dims.map((dim, index) => (index === rows ? 'new_rows' : (dim ?? `dim_${index}`)))
  return makeValueInfo(output.name, output.dataType, dims)
}
