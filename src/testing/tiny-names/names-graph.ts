import { dataType } from '../../partition/data-type.ts'
import { GraphBuilder } from '../../partition/graph-builder.ts'
import type { Random } from '../../spec/ports.ts'
import { WeightStore } from '../tiny-decoder/weight-store.ts'

/** What a tiny name model is made of. */
export interface NamesShape {
  /** Rows of each column's table. */
  readonly rows: readonly number[]
  readonly tags: number
  readonly hiddenSize: number
  /** Convolutions of three tokens; each widens the receptive field by one token on both sides. */
  readonly layers: number
}

/**
 * A name model with random weights: the rows of a token's features are summed, convolutions look at its neighbours, and each tag gets a logit.
 * `features` (tokens, columns) int32 -> `logits` (tokens, tags).
 */
export class NamesGraph {
  readonly graph = new GraphBuilder()
  readonly #shape: NamesShape
  readonly #random: Random
  readonly #weights = new WeightStore()

  constructor(shape: NamesShape, random: Random) {
    this.#shape = shape
    this.#random = random
    this.#build()
  }

  #build(): void {
    const { rows, tags, hiddenSize, layers } = this.#shape
    this.graph.input('features', dataType.int32, ['tokens', rows.length])
    this.graph.output('logits', dataType.float32, ['tokens', tags])
    // (tokens, hiddenSize)
    const summed = rows.map((count, column) => this.#lookUp(column, count)).reduce((a, b) => this.#node('Add', [a, b]))
    const axes = this.graph.integers('axes', [0])
    const turned = this.#node('Transpose', [summed], { perm: { ints: [1, 0] } })
    // (1, hiddenSize, tokens)
    let hidden = this.#node('Unsqueeze', [turned, axes])
    for (let layer = 0; layer < layers; layer++) {
      const weight = this.#tensor(`conv.${layer}`, [hiddenSize, hiddenSize, 3], 1 / Math.sqrt(3 * hiddenSize))
      const pads = { pads: { ints: [1, 1] }, kernel_shape: { ints: [3] } }
      const wide = this.#node('Conv', [hidden, weight, this.#tensor(`bias.${layer}`, [hiddenSize], 0.1)], pads)
      hidden = this.#node('Add', [hidden, this.#node('Tanh', [wide])])
    }
    const back = this.#node('Transpose', [this.#node('Squeeze', [hidden, axes])], { perm: { ints: [1, 0] } })
    this.#node('MatMul', [back, this.#tensor('head', [hiddenSize, tags], 2)], {}, 'logits')
  }

  #lookUp(column: number, rows: number): string {
    const index = this.graph.tensor(`column.${column}`, dataType.int64, [], int64(column))
    const ids = this.#node('Gather', ['features', index], { axis: { int: 1 } })
    return this.#node('Gather', [this.#tensor(`table.${column}`, [rows, this.#shape.hiddenSize], 1), ids])
  }

  #count = 0

  #node(op: string, inputs: readonly string[], attributes = {}, output?: string): string {
    const name = `/${this.#count++}/${op}`
    return this.graph.node({ name, op, inputs, attributes, ...(output === undefined ? {} : { outputs: [output] }) })
  }

  /** Uniform random values with this standard deviation. */
  #tensor(name: string, dims: readonly number[], deviation: number): string {
    const count = dims.reduce((product, dim) => product * dim, 1)
    const valueAt = () => (this.#random() - 0.5) * deviation * Math.sqrt(12)
    return this.graph.tensor(name, dataType.float32, dims, this.#weights.floats(count, false, valueAt))
  }
}

function int64(value: number) {
  return { kind: 'bytes' as const, bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) }
}
