import type { LayerRange } from '../spec/layer-range.ts'
import type { Cut, CutList } from './find-cuts.ts'
import { hiddenNames } from './hidden-names.ts'
import { layerOfPast } from './kv-names.ts'
import type { OnnxGraph } from './onnx-model.ts'
import { addAttribute, type OnnxNode, readInt, rewire } from './onnx-node.ts'

/** Dimensions of the token ids: batch and tokens, which hidden states have too. */
const tokenDims = 2

/**
 * Masks and angles often ask for the shape of something below the cut: of the tokens, of their embeddings, of another layer's KV cache. In a part
 * above, its own input and its own KV cache have the same dimensions. Leaves other questions as they are.
 */
export function standInForShapes(
  graph: OnnxGraph,
  { cuts, below, range }: { readonly cuts: CutList; readonly below: Cut; readonly range: LayerRange },
): OnnxGraph {
  const { producer } = cuts.flow
  const likeHidden = shapedLikeHidden(cuts)
  const standIn = (node: OnnxNode): OnnxNode => {
    const [of = ''] = node.inputs
    if (node.op !== 'Shape') return node
    const layer = layerOfPast(of)
    if (layer !== undefined && (layer < range.start || layer >= range.end)) return shapeOfPast(node, range)
    if (of === 'input_ids') return shapeOfTokens(node)
    return likeHidden.has(of) && (producer.get(of) ?? 0) < below.position
      ? rewire(node, { inputs: [hiddenNames.in] })
      : node
  }
  return { ...graph, nodes: graph.nodes.map(standIn) }
}

const lookUps = new Set(['Gather', 'GatherBlockQuantized'])
const elementWise = new Set(['Add', 'Cast', 'Div', 'Identity', 'Mul', 'Sub'])

/** Values of the dimensions of hidden states: rows of the embedding, what is made of them element by element, and what crosses at the cuts. */
function shapedLikeHidden({ flow: { nodes, activations }, places }: CutList): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { op, inputs, outputs } of nodes) {
    const [first = '', second = ''] = inputs
    const isRow = lookUps.has(op) && !activations.has(first) && activations.has(second)
    const isLike = elementWise.has(op) && inputs.some((name) => found.has(name))
    if (isRow || isLike) found.add(outputs[0] ?? '')
  }
  for (const place of places) {
    if (!('crossing' in place)) continue
    const { crossing } = place
    for (const name of crossing.kind === 'sum' ? crossing.values : [crossing.name]) found.add(name)
  }
  return found
}

function shapeOfPast(node: OnnxNode, { start, end }: LayerRange): OnnxNode {
  return start === end ? node : rewire(node, { inputs: [`past_key_values.${start}.key`] })
}

function shapeOfTokens(node: OnnxNode): OnnxNode {
  const [start = 0, end] = [readInt(node, 'start'), readInt(node, 'end')]
  // Counted from the end, the dimensions of hidden states are others.
  if (start < 0 || (end !== undefined && end < 0)) return node
  const shape = rewire(node, { inputs: [hiddenNames.in] })
  return end === undefined ? addAttribute(shape, 'end', { int: tokenDims }) : shape
}
