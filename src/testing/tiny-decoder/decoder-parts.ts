import { dataType } from '../../partition/data-type.ts'
import { GraphBuilder, microsoftDomain } from '../../partition/graph-builder.ts'
import type { Random } from '../../spec/ports.ts'
import { blockSize, rotaryBase, type TinyShape } from './tiny-shape.ts'
import type { WeightStore } from './weight-store.ts'

/** Random weights and the layers that both kinds of tiny decoder share, on top of a graph builder. */
export class DecoderParts {
  readonly graph = new GraphBuilder()
  readonly shape: TinyShape
  readonly headDim: number
  /** Element type of activations and unquantised weights. */
  readonly float: number
  readonly #weights: WeightStore
  readonly #random: Random

  constructor({ shape, weights, random }: { shape: TinyShape; weights: WeightStore; random: Random }) {
    this.shape = shape
    this.headDim = shape.hiddenSize / shape.heads
    this.float =
      shape.quantisation.endsWith('f16') || shape.quantisation === 'fp16' ? dataType.float16 : dataType.float32
    this.#weights = weights
    this.#random = random
  }

  /** Inputs and outputs of all layers' KV cache: (1, kvHeads, rows, headDim). */
  declareKv(): void {
    const { layers, kvHeads } = this.shape
    for (let layer = 0; layer < layers; layer++) {
      for (const part of ['key', 'value']) {
        const dims = (rows: string) => ['batch_size', kvHeads, rows, this.headDim]
        this.graph.input(`past_key_values.${layer}.${part}`, this.float, dims('past_sequence_length'))
        this.graph.output(`present.${layer}.${part}`, this.float, dims('total_sequence_length'))
      }
    }
  }

  /** A float tensor of these values. */
  values(name: string, dims: readonly number[], valueAt: (index: number) => number): string {
    const count = dims.reduce((product, dim) => product * dim, 1)
    return this.graph.tensor(name, this.float, dims, this.#weights.floats(count, this.#half, valueAt))
  }

  /** A float tensor of uniform random values with this standard deviation around `mean`. */
  random(name: string, dims: readonly number[], { mean = 0, deviation }: { mean?: number; deviation: number }): string {
    return this.values(name, dims, () => mean + (this.#random() - 0.5) * deviation * Math.sqrt(12))
  }

  /** cos or sin of the rotary angles: (contextTokens, headDim / 2). */
  rotaryTable(name: string, wave: (angle: number) => number): string {
    const half = this.headDim / 2
    return this.values(name, [this.shape.contextTokens, half], (index) =>
      wave(Math.floor(index / half) * rotaryBase ** (-(index % half) / half)),
    )
  }

  /** input (1, tokens, inner) times random weights: (1, tokens, outer). `/a/b/c` names the node, `a.b.c` its weights. */
  project(
    path: string,
    input: string,
    { inner, outer, output }: { inner: number; outer: number; output?: string },
  ): string {
    const weights = path.slice(1).replaceAll('/', '.')
    const deviation = 1 / Math.sqrt(inner)
    const bits = { q4: 4, q4f16: 4, q8: 8, fp32: 0, fp16: 0 }[this.shape.quantisation]
    if (bits === 0) {
      const weight = this.random(`${weights}.weight`, [inner, outer], { deviation })
      const name = `${path}/MatMul`
      return this.graph.node({ name, op: 'MatMul', inputs: [input, weight], outputs: [output ?? `${name}/output_0`] })
    }
    const blocks = inner / blockSize
    const blob = (blockSize * bits) / 8
    const packed = this.#weights.randomBytes(outer * blocks * blob, this.#random)
    // Uniform integers of b bits around the middle have a deviation of 2^b / sqrt(12).
    const scale = (deviation * Math.sqrt(12)) / 2 ** bits
    const name = `${path}/MatMulNBits`
    const level = this.shape.accuracyLevel
    return this.graph.node({
      name,
      op: 'MatMulNBits',
      domain: microsoftDomain,
      inputs: [
        input,
        this.graph.tensor(`${weights}.qweight`, dataType.uint8, [outer, blocks, blob], packed),
        this.random(`${weights}.scales`, [outer, blocks], { mean: scale, deviation: scale / 4 }),
      ],
      outputs: [output ?? `${name}/output_0`],
      attributes: {
        K: { int: inner },
        N: { int: outer },
        bits: { int: bits },
        block_size: { int: blockSize },
        ...(level === undefined ? {} : { accuracy_level: { int: level } }),
      },
    })
  }

  /** The gated feed-forward network: (1, tokens, hiddenSize) both ways. */
  feedForward(base: string, input: string): string {
    const { hiddenSize, intermediateSize } = this.shape
    const wide = { inner: hiddenSize, outer: intermediateSize }
    const gate = this.project(`${base}/gate_proj`, input, wide)
    const up = this.project(`${base}/up_proj`, input, wide)
    const sigmoid = this.graph.node({ name: `${base}/act_fn/Sigmoid`, op: 'Sigmoid', inputs: [gate] })
    const activated = this.graph.node({ name: `${base}/act_fn/Mul`, op: 'Mul', inputs: [gate, sigmoid] })
    const product = this.graph.node({ name: `${base}/Mul`, op: 'Mul', inputs: [activated, up] })
    return this.project(`${base}/down_proj`, product, { inner: intermediateSize, outer: hiddenSize })
  }

  get #half(): boolean {
    return this.float === dataType.float16
  }
}
