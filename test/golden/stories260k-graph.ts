import { dataType } from '../../src/partition/data-type.ts'
import { GraphBuilder, microsoftDomain } from '../../src/partition/graph-builder.ts'
import type { OnnxModel } from '../../src/partition/onnx-model.ts'
import type { Checkpoint, WeightName } from './stories260k-checkpoint.ts'

/** GroupQueryAttention wants heads of a multiple of 16 values: those of 8 are filled up with zeros, which changes no result. */
export const wideHead = 16

const float = dataType.float32

/** A llama2.c checkpoint as a decoder graph with GroupQueryAttention. */
export class CheckpointGraph {
  readonly #graph = new GraphBuilder()
  readonly #model: Checkpoint

  constructor(model: Checkpoint) {
    this.#model = model
  }

  build(folder: string): OnnxModel {
    const { hiddenSize, layers, vocabulary, weights } = this.#model
    this.#graph.input('input_ids', dataType.int64, ['batch', 'tokens'])
    this.#graph.input('attention_mask', dataType.int64, ['batch', 'total'])
    this.#graph.output('logits', float, ['batch', 'tokens', vocabulary])
    const shared = [...this.#lengths(), this.#table('cos', Math.cos), this.#table('sin', Math.sin)]
    const embedding = this.#floats('embedding', [vocabulary, hiddenSize], weights.embedding)
    // (1, tokens, hiddenSize)
    let x = this.#node('embed', 'Gather', [embedding, 'input_ids'])
    for (let layer = 0; layer < layers; layer++) {
      const attended = this.#attention(
        layer,
        this.#norm(`layers.${layer}.attention_norm`, x, this.#of('attentionNorm', layer)),
        shared,
      )
      x = this.#node(`layers.${layer}.add`, 'Add', [x, attended])
      const fed = this.#feedForward(layer, this.#norm(`layers.${layer}.mlp_norm`, x, this.#of('mlpNorm', layer)))
      x = this.#node(`layers.${layer}.add_1`, 'Add', [x, fed])
    }
    const head = this.#floats('head', [hiddenSize, vocabulary], transpose(weights.head, hiddenSize))
    const inputs = [this.#norm('final_norm', x, weights.finalNorm), head]
    this.#graph.node({ name: 'lm_head', op: 'MatMul', inputs, outputs: ['logits'] })
    return this.#graph.model({ folder, producer: 'edgewise golden test' })
  }

  /** Index of the last key, and number of keys, from the mask. */
  #lengths(): string[] {
    const toInt32 = { to: { int: dataType.int32 } }
    const ones = ['attention_mask', this.#graph.integers('one', [1])]
    const sum = this.#node('sum', 'ReduceSum', ones, { keepdims: { int: 0 } })
    const dims = this.#node('dims', 'Shape', ['attention_mask'])
    const total = this.#node('length', 'Gather', [dims, this.#graph.integers('index', [1], [])])
    const last = this.#node('minus', 'Sub', [sum, 'one'])
    return [this.#node('last', 'Cast', [last], toInt32), this.#node('total', 'Cast', [total], toInt32)]
  }

  /** cos or sin by position and pair; pairs of the filling do not turn. */
  #table(name: string, wave: (angle: number) => number): string {
    const { contextTokens, headDim } = this.#model
    const pairs = wideHead / 2
    const values = Float32Array.from({ length: contextTokens * pairs }, (_, index) => {
      const pair = index % pairs
      return wave(pair < headDim / 2 ? Math.floor(index / pairs) * 10_000 ** ((-2 * pair) / headDim) : 0)
    })
    return this.#floats(name, [contextTokens, pairs], values)
  }

  #attention(layer: number, input: string, shared: readonly string[]): string {
    const { heads, kvHeads, headDim, hiddenSize } = this.#model
    for (const part of ['key', 'value']) {
      this.#graph.input(`past_key_values.${layer}.${part}`, float, ['batch', kvHeads, 'past', wideHead])
      this.#graph.output(`present.${layer}.${part}`, float, ['batch', kvHeads, 'total', wideHead])
    }
    const project = (part: 'q' | 'k' | 'v', count: number) => {
      const wide = widen(this.#of(part, layer), headDim * hiddenSize, wideHead * hiddenSize)
      return this.#multiply(`layers.${layer}.${part}`, input, transpose(wide, hiddenSize), [
        hiddenSize,
        count * wideHead,
      ])
    }
    const past = [`past_key_values.${layer}.key`, `past_key_values.${layer}.value`]
    const attended = this.#graph.node({
      name: `layers.${layer}.attention`,
      op: 'GroupQueryAttention',
      domain: microsoftDomain,
      inputs: [project('q', heads), project('k', kvHeads), project('v', kvHeads), ...past, ...shared],
      outputs: [`layers.${layer}.attended`, `present.${layer}.key`, `present.${layer}.value`],
      attributes: {
        num_heads: { int: heads },
        kv_num_heads: { int: kvHeads },
        scale: { float: 1 / Math.sqrt(headDim) },
        do_rotary: { int: 1 },
        rotary_interleaved: { int: 1 },
      },
    })
    const back = widen(transpose(this.#of('o', layer), heads * headDim), headDim * hiddenSize, wideHead * hiddenSize)
    return this.#multiply(`layers.${layer}.o`, attended, back, [heads * wideHead, hiddenSize])
  }

  #feedForward(layer: number, input: string): string {
    const { hiddenSize, intermediateSize } = this.#model
    const wide = (part: 'gate' | 'up') =>
      this.#multiply(`layers.${layer}.${part}`, input, transpose(this.#of(part, layer), hiddenSize), [
        hiddenSize,
        intermediateSize,
      ])
    const gate = wide('gate')
    const silu = this.#node(`layers.${layer}.silu`, 'Mul', [
      gate,
      this.#node(`layers.${layer}.sigmoid`, 'Sigmoid', [gate]),
    ])
    const gated = this.#node(`layers.${layer}.gated`, 'Mul', [silu, wide('up')])
    const down = transpose(this.#of('down', layer), intermediateSize)
    return this.#multiply(`layers.${layer}.down`, gated, down, [intermediateSize, hiddenSize])
  }

  #norm(name: string, input: string, weight: Float32Array): string {
    const attributes = { axis: { int: -1 }, epsilon: { float: 1e-5 } }
    const scale = this.#floats(`${name}.weight`, [weight.length], weight)
    return this.#node(name, 'SimplifiedLayerNormalization', [input, scale], attributes)
  }

  #multiply(name: string, input: string, matrix: Float32Array, dims: readonly [inner: number, outer: number]): string {
    return this.#node(name, 'MatMul', [input, this.#floats(`${name}.weight`, dims, matrix)])
  }

  #node(name: string, op: string, inputs: readonly string[], attributes = {}): string {
    return this.#graph.node({ name, op, inputs, attributes })
  }

  #floats(name: string, dims: readonly number[], values: Float32Array): string {
    return this.#graph.tensor(name, float, dims, { kind: 'bytes', bytes: new Uint8Array(values.slice().buffer) })
  }

  /** One layer's share of a weight. */
  #of(name: WeightName, layer: number): Float32Array {
    const values = this.#model.weights[name]
    const size = values.length / this.#model.layers
    return values.subarray(layer * size, (layer + 1) * size)
  }
}

/** (rows, columns) to (columns, rows). */
function transpose(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns
  return matrix.map((_, index) => matrix[(index % rows) * columns + Math.floor(index / rows)] ?? 0)
}

/** Appends zeros to every `from` values, so that they become `to`. */
function widen(values: Float32Array, from: number, to: number): Float32Array {
  const wide = new Float32Array((values.length / from) * to)
  for (let start = 0; start < values.length; start += from)
    wide.set(values.subarray(start, start + from), (start / from) * to)
  return wide
}
