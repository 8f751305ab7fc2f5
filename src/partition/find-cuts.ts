import { EdgewiseError } from '../spec/errors.ts'
import { type GraphFlow, traceFlow } from './graph-flow.ts'
import { layerOfPast } from './kv-names.ts'
import type { OnnxModel } from './onnx-model.ts'
import type { OnnxNode } from './onnx-node.ts'

/** The one tensor that crosses a cut, (batch, tokens, hiddenSize). */
export type Crossing =
  | { readonly kind: 'value'; readonly name: string }
  /** The sum of two values, which `norm` would else add up itself. */
  | { readonly kind: 'sum'; readonly values: readonly [string, string]; readonly norm: OnnxNode }

/** A place between two layers. */
export interface Cut {
  /** Layers below it. */
  readonly layer: number
  /** Nodes before this position are below the cut, others above. */
  readonly position: number
  readonly crossing: Crossing
}

/** A place between two layers where more than one tensor would cross. */
export interface NoCut {
  readonly layer: number
  /** The tensors that would cross at the narrowest place. */
  readonly tensors: readonly string[]
}

/** What is found between the layers of a decoder. */
export interface CutList {
  readonly flow: GraphFlow
  readonly layers: number
  /** Cut or reason for each number of layers below, from 1 to all of them; the last stands before the final norm and the LM head. */
  readonly places: readonly (Cut | NoCut)[]
}

const skipNorms = new Set(['SkipSimplifiedLayerNormalization', 'SkipLayerNormalization'])

/**
 * Finds the cuts of a decoder by the ranges in which its values live: between the attention of one layer and that of the next, the last place that
 * one tensor crosses. Throws `model-invalid` for a graph without `past_key_values.N.key` inputs, or with layers out of order.
 */
export function findCuts(model: OnnxModel): CutList {
  const flow = traceFlow(model.graph)
  const attention = attentionOf(model, flow)
  const layers = attention.length
  const places: (Cut | NoCut)[] = []
  // Norm, head and what comes behind the last layer let one tensor through at many places. The right one has the same number as between other layers.
  let number = 0
  for (let layer = 1; layer <= layers; layer++) {
    const from = (attention[layer - 1]?.last ?? 0) + 1
    const to = attention[layer]?.first ?? model.graph.nodes.length - 1
    const narrow = narrowPlaces(flow, { layer, from, to })
    if (layer < layers) number = narrow.length - 1
    const found = layer < layers || layers === 1 ? narrow.at(-1) : narrow[number]
    places.push(found ?? { layer, tensors: narrowest(flow, from, to) })
  }
  return { flow, layers, places: layers === 1 ? [onlyLayer(model, places)] : places }
}

/** The cut with so many layers below it. Throws `model-invalid`, naming the tensors that would cross where there is none. */
export function cutAt({ places, layers }: CutList, layer: number): Cut {
  const place = places[layer - 1]
  if (place === undefined) {
    throw new EdgewiseError(
      'model-invalid',
      `there is no cut at ${layer}: the model has ${layers} layers; take 1 to ${layers - 1}`,
    )
  }
  if ('crossing' in place) return place
  const shown = place.tensors.slice(0, 6).join(', ')
  const more = place.tensors.length > 6 ? ` and ${place.tensors.length - 6} more` : ''
  throw new EdgewiseError(
    'model-invalid',
    `the model cannot be cut at ${layer}: ${place.tensors.length} tensors would cross where one may: ${shown}${more}`,
  )
}

/** Positions of the first and the last node that read the KV cache of each layer. */
function attentionOf({ graph }: OnnxModel, { readers }: GraphFlow): readonly { first: number; last: number }[] {
  const found: { first: number; last: number }[] = []
  for (const { name } of graph.inputs) {
    const layer = layerOfPast(name)
    if (layer === undefined) continue
    const at = readers.get(name) ?? []
    const known = found[layer] ?? { first: Number.POSITIVE_INFINITY, last: -1 }
    found[layer] = { first: Math.min(known.first, ...at), last: Math.max(known.last, ...at) }
  }
  if (found.length === 0) {
    throw new EdgewiseError(
      'model-invalid',
      'the graph has no inputs past_key_values.N.key: it is no decoder that can be cut',
    )
  }
  for (let layer = 0; layer < found.length; layer++) {
    const at = found[layer]
    if (at === undefined || at.last < 0 || at.first <= (found[layer - 1]?.last ?? -1)) {
      throw new EdgewiseError(
        'model-invalid',
        `layer ${layer} does not read its KV cache after layer ${layer - 1}: the graph cannot be cut`,
      )
    }
  }
  return found
}

/** Every place that lets one tensor through, once. */
function narrowPlaces(
  flow: GraphFlow,
  { layer, from, to }: { layer: number; from: number; to: number },
): readonly Cut[] {
  const places: Cut[] = []
  let before = ''
  for (const { position, live } of liveAlong(flow, from, to)) {
    const crossing = live.size > 2 ? undefined : crossingOf(flow, position, [...live])
    const key =
      crossing === undefined ? '' : JSON.stringify(crossing.kind === 'value' ? crossing.name : crossing.values)
    if (crossing !== undefined && key !== before) places.push({ layer, position, crossing })
    before = key
  }
  return places
}

function crossingOf({ nodes, readers }: GraphFlow, position: number, live: readonly string[]): Crossing | undefined {
  const [first, second, ...others] = live
  if (first === undefined || others.length > 0) return undefined
  if (second === undefined) return { kind: 'value', name: first }
  const above = new Set(live.flatMap((name) => (readers.get(name) ?? []).filter((reader) => reader >= position)))
  const [only = -1] = above
  const norm = nodes[only]
  if (above.size !== 1 || norm === undefined || !skipNorms.has(norm.op)) return undefined
  const [root = '', skip = '', ...rest] = norm.inputs
  const isSum = live.includes(root) && live.includes(skip) && !rest.some((name) => live.includes(name))
  return isSum ? { kind: 'sum', values: [root, skip], norm } : undefined
}

/** For each position: the activations, the tokens themselves too, that are there before it and read from there on. The set is the same one, changed. */
function* liveAlong(
  { nodes, producer, readers, activations }: GraphFlow,
  from: number,
  to: number,
): Generator<{ readonly position: number; readonly live: ReadonlySet<string> }, void> {
  const lastRead = (name: string) => readers.get(name)?.at(-1) ?? -1
  const isLive = (name: string, position: number) =>
    activations.has(name) && layerOfPast(name) === undefined && lastRead(name) >= position
  const live = new Set([...activations].filter((name) => (producer.get(name) ?? -1) < from && isLive(name, from)))
  for (let position = from; position <= to; position++) {
    const passed = position > from ? nodes[position - 1] : undefined
    for (const output of passed?.outputs ?? []) if (isLive(output, position)) live.add(output)
    for (const name of live) if (lastRead(name) < position) live.delete(name)
    yield { position, live }
  }
}

function narrowest(flow: GraphFlow, from: number, to: number): readonly string[] {
  let best: readonly string[] | undefined
  for (const { live } of liveAlong(flow, from, to)) {
    if (best === undefined || live.size < best.length) best = [...live]
  }
  return best ?? []
}

/** With one layer there is nothing to compare with: its end is where the sum before the final norm is. */
function onlyLayer(model: OnnxModel, [place]: readonly (Cut | NoCut)[]): Cut | NoCut {
  if (place !== undefined && 'crossing' in place && place.crossing.kind === 'sum') return place
  return { layer: 1, tensors: model.graph.outputs.map(({ name }) => name) }
}
