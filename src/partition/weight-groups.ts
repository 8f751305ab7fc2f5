import type { CutList } from './find-cuts.ts'
import { neededValues, readValues } from './graph-flow.ts'
import type { OnnxModel } from './onnx-model.ts'

/** Where a weight is needed: at the embedding, in one layer, behind the last one, or in several of them. */
export type WeightGroup = 'embedding' | number | 'head' | 'shared'

/** The group of every weight of a decoder, by its name. A layer whose lower end cannot be cut counts to the one below. */
export function groupWeights(model: OnnxModel, { flow, places, layers }: CutList): ReadonlyMap<string, WeightGroup> {
  const positions = places.flatMap((place) =>
    'crossing' in place ? [{ layer: place.layer, from: place.position }] : [],
  )
  const groupAt = (position: number): WeightGroup => {
    const layer = positions.findLast(({ from }) => from <= position)?.layer ?? 0
    return layer === layers ? 'head' : layer
  }
  const found = new Map<string, Set<WeightGroup>>()
  // From the end: what reads a node's outputs is known before the node itself.
  for (const [position, node] of [...flow.nodes.entries()].toReversed()) {
    const needed = neededValues(node)
    const carries = readValues(node).some((name) => flow.activations.has(name))
    const isLookUp = needed.includes('input_ids') && groupAt(position) === 0
    const own: WeightGroup = isLookUp ? 'embedding' : groupAt(position)
    const groups = carries ? [own] : node.outputs.flatMap((output) => [...(found.get(output) ?? [])])
    for (const name of needed) {
      const known = found.get(name) ?? new Set()
      for (const group of groups) known.add(group)
      found.set(name, known)
    }
  }
  return new Map([...model.graph.initializers.keys()].map((name) => [name, only(found.get(name))]))
}

function only(groups: ReadonlySet<WeightGroup> = new Set()): WeightGroup {
  const [first = 'shared'] = groups
  return groups.size === 1 ? first : 'shared'
}
