import { dataType } from '../../partition/data-type.ts'
import { microsoftDomain } from '../../partition/graph-builder.ts'
import type { DecoderParts } from './decoder-parts.ts'

const epsilon = 1e-5

/** Adds a decoder as onnxruntime-genai's model builder writes it: GroupQueryAttention with fused rotary angles, fused norms. */
export function buildGqaDecoder(parts: DecoderParts): void {
  const { graph, shape, float } = parts
  const { layers, hiddenSize, vocabulary } = shape
  graph.input('input_ids', dataType.int64, ['batch_size', 'sequence_length'])
  graph.input('attention_mask', dataType.int64, ['batch_size', 'total_sequence_length'])
  parts.declareKv()
  graph.output('logits', float, ['batch_size', 'sequence_length', vocabulary])

  const lengths = addLengths(parts)
  const tables = [parts.rotaryTable('cos_cache', Math.cos), parts.rotaryTable('sin_cache', Math.sin)]
  const embedding = parts.random('model.embed_tokens.weight', [vocabulary, hiddenSize], { deviation: 1 })
  // (1, tokens, hiddenSize)
  let residual = graph.node({ name: '/model/embed_tokens/Gather', op: 'Gather', inputs: [embedding, 'input_ids'] })
  let normed = firstNorm(parts, residual)
  for (let layer = 0; layer < layers; layer++) {
    const base = `/model/layers.${layer}`
    const attended = addAttention(parts, layer, [...lengths, ...tables], normed)
    const middle = skipNorm(parts, `${base}/post_attention_layernorm`, residual, attended)
    const fed = parts.feedForward(`${base}/mlp`, middle.normed)
    const last = layer === layers - 1
    const next = `/model/layers.${layer + 1}/${last ? 'final_norm' : 'input'}_layernorm`
    ;({ residual, normed } = skipNorm(parts, next, middle.residual, fed))
  }
  parts.project('/lm_head', normed, { inner: hiddenSize, outer: vocabulary, output: 'logits' })
}

/** The two int32 inputs of GroupQueryAttention that the mask gives: index of the last key, and the number of keys. */
function addLengths({ graph }: DecoderParts): string[] {
  const base = '/model/attn_mask_reformat/attn_mask_subgraph'
  const one = graph.integers('/model/constants/INT64/[1]', [1])
  const index = graph.integers('/model/constants/INT64/1', [1], [])
  const toInt32 = { to: { int: dataType.int32 } }
  const sum = graph.node({
    name: `${base}/ReduceSum`,
    op: 'ReduceSum',
    inputs: ['attention_mask', one],
    attributes: { keepdims: { int: 0 } },
  })
  const last = graph.node({ name: `${base}/Sub`, op: 'Sub', inputs: [sum, one] })
  const keys = graph.node({ name: `${base}/Sub/Cast`, op: 'Cast', inputs: [last], attributes: toInt32 })
  const dims = graph.node({ name: `${base}/Shape`, op: 'Shape', inputs: ['attention_mask'] })
  const length = graph.node({
    name: `${base}/Gather`,
    op: 'Gather',
    inputs: [dims, index],
    attributes: { axis: { int: 0 } },
  })
  const total = graph.node({ name: `${base}/Gather/Cast`, op: 'Cast', inputs: [length], attributes: toInt32 })
  return [keys, total]
}

function addAttention(parts: DecoderParts, layer: number, shared: readonly string[], input: string): string {
  const { graph, shape, headDim } = parts
  const { hiddenSize, heads, kvHeads } = shape
  const base = `/model/layers.${layer}/attn`
  const project = (name: string, outer: number) => parts.project(`${base}/${name}`, input, { inner: hiddenSize, outer })
  const name = `${base}/GroupQueryAttention`
  const attended = graph.node({
    name,
    op: 'GroupQueryAttention',
    domain: microsoftDomain,
    inputs: [
      project('q_proj', heads * headDim),
      project('k_proj', kvHeads * headDim),
      project('v_proj', kvHeads * headDim),
      `past_key_values.${layer}.key`,
      `past_key_values.${layer}.value`,
      ...shared,
    ],
    outputs: [`${name}/output_0`, `present.${layer}.key`, `present.${layer}.value`],
    attributes: {
      num_heads: { int: heads },
      kv_num_heads: { int: kvHeads },
      scale: { float: 1 / Math.sqrt(headDim) },
      do_rotary: { int: 1 },
      rotary_interleaved: { int: 0 },
      local_window_size: { int: -1 },
    },
  })
  return parts.project(`${base}/o_proj`, attended, { inner: heads * headDim, outer: hiddenSize })
}

function firstNorm(parts: DecoderParts, input: string): string {
  const weight = normWeight(parts, '/model/layers.0/input_layernorm')
  return parts.graph.node({
    name: '/model/layers.0/input_layernorm/LayerNorm',
    op: 'SimplifiedLayerNormalization',
    inputs: [input, weight],
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } },
  })
}

/** Adds the residual and normalises the sum; gives both. */
function skipNorm(parts: DecoderParts, base: string, residual: string, added: string) {
  const normed = `${base}/output_0`
  const sum = `${base}/output_3`
  parts.graph.node({
    name: `${base}/SkipLayerNorm`,
    op: 'SkipSimplifiedLayerNormalization',
    domain: microsoftDomain,
    inputs: [residual, added, normWeight(parts, base)],
    outputs: base.includes('final_norm') ? [normed] : [normed, '', '', sum],
    attributes: { epsilon: { float: epsilon } },
  })
  return { residual: sum, normed }
}

function normWeight(parts: DecoderParts, base: string): string {
  const name = `${base.slice(1).replaceAll('/', '.')}.weight`
  return parts.random(name, [parts.shape.hiddenSize], { mean: 1, deviation: 0.1 })
}
