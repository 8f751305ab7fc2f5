import { EdgewiseError } from '../spec/errors.ts'
import type { LayerRange } from '../spec/layer-range.ts'
import { beginAt, endAt } from './cut-ends.ts'
import { dataType } from './data-type.ts'
import { extractGraph } from './extract-graph.ts'
import { type Cut, type CutList, cutAt } from './find-cuts.ts'
import { hiddenNames } from './hidden-names.ts'
import { layerOfPast, layerOfPresent } from './kv-names.ts'
import type { OnnxGraph, OnnxModel } from './onnx-model.ts'
import { standInForShapes } from './stand-in-shapes.ts'
import { makeValueInfo } from './value-info.ts'

/** A part of a decoder: some of its layers, or what follows the last one. */
export type PartOf = { readonly layers: LayerRange } | 'head'

export interface CutModelOptions {
  readonly cuts: CutList
  readonly part: PartOf
  readonly hiddenSize: number
  readonly logits: string
}

/**
 * The graph of one part. `layers [0, n)` takes tokens, others hidden states; layers give hidden states, the head (final norm and LM head) logits.
 * The weights stay where they are. Throws `model-invalid`, naming the tensors, where more than one would have to cross.
 */
export function cutModel(model: OnnxModel, { cuts, part, hiddenSize, logits }: CutModelOptions): OnnxModel {
  const range = part === 'head' ? { start: cuts.layers, end: cuts.layers } : part.layers
  checkRange(range, cuts.layers, part)
  const below = range.start === 0 ? undefined : cutAt(cuts, range.start)
  const above = part === 'head' ? undefined : cutAt(cuts, range.end)
  let { graph } = model
  if (above !== undefined) graph = endAt(graph, above)
  if (below !== undefined) graph = beginAt(standInForShapes(graph, { cuts, below, range }), below)
  const hidden = (name: string) => makeValueInfo(name, dataType.float32, ['batch_size', 'sequence_length', hiddenSize])
  const present = graph.outputs.filter(({ name }) => isWithin(layerOfPresent(name), range))
  const outputs = part === 'head' ? graph.outputs.filter(({ name }) => name === logits) : [hidden(hiddenNames.out)]
  const inputs = below === undefined ? graph.inputs : [hidden(hiddenNames.in), ...graph.inputs]
  const cut = extractGraph({ ...graph, inputs, outputs: [...outputs, ...present] })
  if (below !== undefined) requireOneCrossing(cut, { cuts, below, range })
  return { ...model, graph: cut }
}

/** What is asked of below a cut beside the one tensor would drag the layers below along. */
function requireOneCrossing(
  { nodes, inputs }: OnnxGraph,
  { cuts: { flow }, below, range }: { readonly cuts: CutList; readonly below: Cut; readonly range: LayerRange },
): void {
  const isBelow = (name: string) => flow.activations.has(name) && (flow.producer.get(name) ?? -1) < below.position
  const fed = inputs.map(({ name }) => name).filter((name) => !isWithin(layerOfPast(name), range))
  const dragged = new Set([...fed, ...nodes.flatMap(({ outputs }) => outputs)].filter(isBelow))
  const [first] = dragged
  if (first === undefined) return
  const shapeOf = nodes
    .filter(({ op }) => op === 'Shape')
    .flatMap((node) => node.inputs)
    .find((name) => dragged.has(name))
  throw new EdgewiseError(
    'model-invalid',
    `the model cannot be cut at ${below.layer}: ${shapeOf === undefined ? first : `the shape of ${shapeOf}`} would cross too`,
  )
}

function checkRange({ start, end }: LayerRange, layers: number, part: PartOf): void {
  if (part === 'head') return
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= layers) return
  throw new RangeError(`layers [${start}, ${end}) of a model with ${layers} layers`)
}

function isWithin(layer: number | undefined, { start, end }: LayerRange): boolean {
  return layer !== undefined && layer >= start && layer < end
}
