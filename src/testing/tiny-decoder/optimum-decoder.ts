import { dataType } from '../../partition/data-type.ts'
import type { DecoderParts } from './decoder-parts.ts'
import { rotaryBase } from './tiny-shape.ts'

const epsilon = 1e-5
/** Added to scores that must not count; large enough for softmax, small enough for f16. */
const masked = -10_000

/** Values that all layers share. */
interface Shared {
  /** Rotary angles of the new tokens, (1, 1, tokens, headDim). */
  readonly cos: string
  readonly sin: string
  /** 0 or `masked` for each query and key, (1, 1, tokens, keys). */
  readonly mask: string
}

/** Adds a decoder as optimum exports it: attention, rotary angles and norms in plain operators, with position_ids; past and present concatenated. */
export function buildOptimumDecoder(parts: DecoderParts): void {
  const { graph, shape, float } = parts
  const { layers, hiddenSize, vocabulary } = shape
  const tokens = ['batch_size', 'sequence_length']
  graph.input('input_ids', dataType.int64, tokens)
  graph.input('attention_mask', dataType.int64, ['batch_size', 'total_sequence_length'])
  graph.input('position_ids', dataType.int64, tokens)
  graph.output('logits', float, [...tokens, vocabulary])
  parts.declareKv()

  const shared = { ...addRotary(parts), mask: addMask(parts) }
  const embedding = parts.random('model.embed_tokens.weight', [vocabulary, hiddenSize], { deviation: 1 })
  // (1, tokens, hiddenSize)
  let hidden = graph.node({ name: '/model/embed_tokens/Gather', op: 'Gather', inputs: [embedding, 'input_ids'] })
  for (let layer = 0; layer < layers; layer++) {
    const base = `/model/layers.${layer}`
    const attended = addAttention(parts, layer, shared, addNorm(parts, `${base}/input_layernorm`, hidden))
    hidden = graph.node({ name: `${base}/Add`, op: 'Add', inputs: [hidden, attended] })
    const fed = parts.feedForward(`${base}/mlp`, addNorm(parts, `${base}/post_attention_layernorm`, hidden))
    hidden = graph.node({ name: `${base}/Add_1`, op: 'Add', inputs: [hidden, fed] })
  }
  const normed = addNorm(parts, '/model/norm', hidden)
  parts.project('/lm_head', normed, { inner: hiddenSize, outer: vocabulary, output: 'logits' })
}

function addRotary(parts: DecoderParts): { cos: string; sin: string } {
  const { graph, headDim, float } = parts
  const base = '/model/rotary_emb'
  const toFloat = { to: { int: float } }
  const positions = graph.node({ name: `${base}/Cast`, op: 'Cast', inputs: ['position_ids'], attributes: toFloat })
  const axes = graph.integers(`${base}/axes`, [1, 3])
  // (1, 1, tokens, 1)
  const column = graph.node({ name: `${base}/Unsqueeze`, op: 'Unsqueeze', inputs: [positions, axes] })
  const half = headDim / 2
  const frequencies = parts.values(
    'model.rotary_emb.inv_freq',
    [headDim],
    (index) => rotaryBase ** (-(index % half) / half),
  )
  const angles = graph.node({ name: `${base}/Mul`, op: 'Mul', inputs: [column, frequencies] })
  return {
    cos: graph.node({ name: `${base}/Cos`, op: 'Cos', inputs: [angles] }),
    sin: graph.node({ name: `${base}/Sin`, op: 'Sin', inputs: [angles] }),
  }
}

function addMask(parts: DecoderParts): string {
  const { graph } = parts
  const base = '/model/mask'
  const node = (op: string, inputs: readonly string[], attributes = {}) =>
    graph.node({ name: `${base}/${op}`, op, inputs, attributes })
  const one = graph.integers(`${base}/one`, [1], [])
  const total = node('Gather', [node('Shape', ['attention_mask']), one], { axis: { int: 0 } })
  const keys = node('Range', [graph.integers(`${base}/zero`, [0], []), total, one])
  const axes = graph.integers(`${base}/axes`, [1, 3])
  const queries = node('Unsqueeze', ['position_ids', axes])
  // keys (keys) against queries (1, 1, tokens, 1)
  const allowed = node('LessOrEqual', [keys, queries])
  return node('Where', [
    allowed,
    parts.values(`${base}/open`, [], () => 0),
    parts.values(`${base}/closed`, [], () => masked),
  ])
}

function addAttention(parts: DecoderParts, layer: number, { cos, sin, mask }: Shared, input: string): string {
  const { graph, shape, headDim } = parts
  const { hiddenSize, heads, kvHeads } = shape
  const base = `/model/layers.${layer}/self_attn`
  const node = (name: string, inputs: readonly string[], attributes = {}, output?: string) =>
    graph.node({
      name: `${base}/${name}`,
      op: name.split('_')[0] ?? name,
      inputs,
      attributes,
      ...(output === undefined ? {} : { outputs: [output] }),
    })
  // (1, tokens, count * headDim) to (1, count, tokens, headDim)
  const project = (name: string, count: number) => {
    const flat = parts.project(`${base}/${name}_proj`, input, { inner: hiddenSize, outer: count * headDim })
    const dims = graph.integers(`${base}/${name}_shape`, [1, -1, count, headDim])
    return node(`Transpose_${name}`, [node(`Reshape_${name}`, [flat, dims])], { perm: { ints: [0, 2, 1, 3] } })
  }
  const append = (name: 'key' | 'value', added: string) =>
    node(
      `Concat_${name}`,
      [`past_key_values.${layer}.${name}`, added],
      { axis: { int: 2 } },
      `present.${layer}.${name}`,
    )
  const query = rotate(parts, `${base}/q`, project('q', heads), { cos, sin })
  const key = append('key', rotate(parts, `${base}/k`, project('k', kvHeads), { cos, sin }))
  const value = append('value', project('v', kvHeads))
  const keys = shareHeads(parts, `${base}/k`, key)
  const transposed = node('Transpose_keys', [keys], { perm: { ints: [0, 1, 3, 2] } })
  const scale = parts.values(`${base}/scale`, [], () => 1 / Math.sqrt(headDim))
  // (1, heads, tokens, keys)
  const scores = node('Mul_scores', [node('MatMul_scores', [query, transposed]), scale])
  const weights = node('Softmax_weights', [node('Add_mask', [scores, mask])], { axis: { int: -1 } })
  const mixed = node('MatMul_values', [weights, shareHeads(parts, `${base}/v`, value)])
  const back = node('Transpose_back', [mixed], { perm: { ints: [0, 2, 1, 3] } })
  const flat = node('Reshape_back', [back, graph.integers(`${base}/back_shape`, [1, -1, heads * headDim])])
  return parts.project(`${base}/o_proj`, flat, { inner: heads * headDim, outer: hiddenSize })
}

/** Turns each head's halves by the rotary angles: x * cos + (-second, first) * sin. */
function rotate(
  { graph, headDim }: DecoderParts,
  base: string,
  input: string,
  { cos, sin }: Omit<Shared, 'mask'>,
): string {
  const half = headDim / 2
  const axis = graph.integers(`${base}/axis`, [3])
  const part = (name: string, from: number, to: number) => {
    const bounds = [graph.integers(`${base}/${name}_from`, [from]), graph.integers(`${base}/${name}_to`, [to])]
    return graph.node({ name: `${base}/Slice_${name}`, op: 'Slice', inputs: [input, ...bounds, axis] })
  }
  const second = graph.node({ name: `${base}/Neg`, op: 'Neg', inputs: [part('second', half, headDim)] })
  const halves = [second, part('first', 0, half)]
  const turned = graph.node({ name: `${base}/Concat`, op: 'Concat', inputs: halves, attributes: { axis: { int: -1 } } })
  const straight = graph.node({ name: `${base}/Mul`, op: 'Mul', inputs: [input, cos] })
  const crossed = graph.node({ name: `${base}/Mul_1`, op: 'Mul', inputs: [turned, sin] })
  return graph.node({ name: `${base}/Add`, op: 'Add', inputs: [straight, crossed] })
}

/** (1, kvHeads, keys, headDim) to (1, heads, keys, headDim): each KV head serves several heads. */
function shareHeads({ graph, shape, headDim }: DecoderParts, base: string, input: string): string {
  const { heads, kvHeads } = shape
  const axis = graph.integers(`${base}/share_axis`, [2])
  const wide = graph.integers(`${base}/share_wide`, [1, 1, heads / kvHeads, 1, 1])
  const flat = graph.integers(`${base}/share_flat`, [1, heads, -1, headDim])
  const apart = graph.node({ name: `${base}/Unsqueeze`, op: 'Unsqueeze', inputs: [input, axis] })
  const copied = graph.node({ name: `${base}/Expand`, op: 'Expand', inputs: [apart, wide] })
  return graph.node({ name: `${base}/Reshape_shared`, op: 'Reshape', inputs: [copied, flat] })
}

/** RMS norm in plain operators. */
function addNorm(parts: DecoderParts, base: string, input: string): string {
  const { graph, shape } = parts
  const node = (op: string, inputs: readonly string[]) => graph.node({ name: `${base}/${op}`, op, inputs })
  const two = parts.values(`${base}/two`, [], () => 2)
  const axes = graph.integers(`${base}/axes`, [-1])
  const mean = node('ReduceMean', [node('Pow', [input, two]), axes])
  const root = node('Sqrt', [node('Add', [mean, parts.values(`${base}/epsilon`, [], () => epsilon)])])
  const weight = parts.random(`${base.slice(1).replaceAll('/', '.')}.weight`, [shape.hiddenSize], {
    mean: 1,
    deviation: 0.1,
  })
  return graph.node({ name: `${base}/Mul`, op: 'Mul', inputs: [node('Div', [input, root]), weight] })
}
