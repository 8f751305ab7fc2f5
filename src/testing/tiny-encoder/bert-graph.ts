import { dataType } from '../../partition/data-type.ts'
import { GraphBuilder } from '../../partition/graph-builder.ts'
import type { Random } from '../../spec/ports.ts'
import { WeightStore } from '../tiny-decoder/weight-store.ts'

/** What a tiny encoder is made of. */
export interface EncoderShape {
  readonly layers: number
  readonly hiddenSize: number
  readonly heads: number
  readonly intermediateSize: number
  readonly vocabulary: number
  readonly contextTokens: number
}

export const layerNormEpsilon = 1e-12
/** Added to scores that must not count. */
const masked = -10_000

/** A BERT with random weights in plain operators, as exporters write it: `last_hidden_state` (batch, tokens, hiddenSize). */
export class BertGraph {
  readonly graph = new GraphBuilder()
  readonly #shape: EncoderShape
  readonly #random: Random
  readonly #weights = new WeightStore()

  constructor(shape: EncoderShape, random: Random) {
    this.#shape = shape
    this.#random = random
    this.#build()
  }

  #build(): void {
    const { layers, hiddenSize } = this.#shape
    const tokens = ['batch_size', 'sequence_length']
    for (const name of ['input_ids', 'attention_mask', 'token_type_ids']) this.graph.input(name, dataType.int64, tokens)
    this.graph.output('last_hidden_state', dataType.float32, [...tokens, hiddenSize])
    const mask = this.#mask()
    let hidden = this.#embeddings()
    for (let layer = 0; layer < layers; layer++) {
      const base = `/encoder/layer.${layer}`
      const attended = this.#attention(`${base}/attention`, hidden, mask)
      const middle = this.#norm(`${base}/attention/norm`, this.#node(`${base}/Add_1`, 'Add', [hidden, attended]))
      const fed = this.#feedForward(base, middle)
      const sum = this.#node(`${base}/Add_2`, 'Add', [middle, fed])
      hidden = this.#norm(`${base}/norm`, sum, layer === layers - 1 ? 'last_hidden_state' : undefined)
    }
  }

  /** (batch, tokens, hiddenSize) */
  #embeddings(): string {
    const { vocabulary, contextTokens, hiddenSize } = this.#shape
    const one = this.graph.integers('/one', [1], [])
    const shape = this.#node('/embeddings/Shape', 'Shape', ['input_ids'])
    const count = this.#node('/embeddings/count', 'Gather', [shape, one])
    const places = this.#node('/embeddings/Range', 'Range', [this.graph.integers('/zero', [0], []), count, one])
    const looked = [
      ['word', vocabulary, 'input_ids'],
      ['position', contextTokens, places],
      ['type', 2, 'token_type_ids'],
    ] as const
    const [word = '', position = '', type = ''] = looked.map(([name, rows, index]) =>
      this.#node(`/embeddings/${name}`, 'Gather', [this.#tensor(`embeddings.${name}`, [rows, hiddenSize], 1), index]),
    )
    const sum = this.#node('/embeddings/Add', 'Add', [word, position])
    return this.#norm('/embeddings/norm', this.#node('/embeddings/Add_1', 'Add', [sum, type]))
  }

  /** 0 or `masked`, (batch, 1, 1, tokens) */
  #mask(): string {
    const float = { to: { int: dataType.float32 } }
    const axes = this.graph.integers('/mask/axes', [1, 2])
    const wide = this.#node('/mask/Unsqueeze', 'Unsqueeze', ['attention_mask', axes])
    const kept = this.#node('/mask/Cast', 'Cast', [wide], float)
    const left = this.#node('/mask/Sub', 'Sub', [this.#constant('/mask/1', 1), kept])
    return this.#node('/mask/Mul', 'Mul', [left, this.#constant('/mask/masked', masked)])
  }

  #attention(base: string, input: string, mask: string): string {
    const { hiddenSize, heads } = this.#shape
    const headDim = hiddenSize / heads
    const split = this.graph.integers(`${base}/split`, [0, 0, heads, headDim])
    // (batch, heads, tokens, headDim), keys turned for the product
    const part = (name: string, order: readonly number[]) => {
      const projected = this.#linear(`${base}/${name}`, input, hiddenSize, hiddenSize)
      const cut = this.#node(`${base}/${name}/Reshape`, 'Reshape', [projected, split])
      return this.#node(`${base}/${name}/Transpose`, 'Transpose', [cut], { perm: { ints: order } })
    }
    const scores = this.#node(`${base}/scores`, 'MatMul', [part('query', [0, 2, 1, 3]), part('key', [0, 2, 3, 1])])
    const scale = this.#constant(`${base}/scale`, 1 / Math.sqrt(headDim))
    const scaled = this.#node(`${base}/Mul`, 'Mul', [scores, scale])
    const open = this.#node(`${base}/Add`, 'Add', [scaled, mask])
    const weights = this.#node(`${base}/Softmax`, 'Softmax', [open], { axis: { int: -1 } })
    const seen = this.#node(`${base}/seen`, 'MatMul', [weights, part('value', [0, 2, 1, 3])])
    const back = this.#node(`${base}/Transpose`, 'Transpose', [seen], { perm: { ints: [0, 2, 1, 3] } })
    const whole = this.graph.integers(`${base}/whole`, [0, 0, hiddenSize])
    const flat = this.#node(`${base}/Reshape`, 'Reshape', [back, whole])
    return this.#linear(`${base}/output`, flat, hiddenSize, hiddenSize)
  }

  #feedForward(base: string, input: string): string {
    const { hiddenSize, intermediateSize } = this.#shape
    const wide = this.#linear(`${base}/intermediate`, input, hiddenSize, intermediateSize)
    const active = this.#node(`${base}/Gelu`, 'Gelu', [wide])
    return this.#linear(`${base}/output`, active, intermediateSize, hiddenSize)
  }

  #linear(base: string, input: string, inner: number, outer: number): string {
    const name = base.slice(1).replaceAll('/', '.')
    const weight = this.#tensor(`${name}.weight`, [inner, outer], 1 / Math.sqrt(inner))
    const product = this.#node(`${base}/MatMul`, 'MatMul', [input, weight])
    return this.#node(`${base}/Add`, 'Add', [product, this.#tensor(`${name}.bias`, [outer], 0.1)])
  }

  #norm(base: string, input: string, output?: string): string {
    const { hiddenSize } = this.#shape
    const name = base.slice(1).replaceAll('/', '.')
    const inputs = [
      input,
      this.#tensor(`${name}.weight`, [hiddenSize], 0.1, 1),
      this.#tensor(`${name}.bias`, [hiddenSize], 0.1),
    ]
    const attributes = { axis: { int: -1 }, epsilon: { float: layerNormEpsilon } }
    return this.#node(`${base}/LayerNorm`, 'LayerNormalization', inputs, attributes, output)
  }

  #node(name: string, op: string, inputs: readonly string[], attributes = {}, output?: string): string {
    return this.graph.node({ name, op, inputs, attributes, ...(output === undefined ? {} : { outputs: [output] }) })
  }

  #constant(name: string, value: number): string {
    return this.graph.tensor(
      name,
      dataType.float32,
      [],
      this.#weights.floats(1, false, () => value),
    )
  }

  /** Uniform random values with this standard deviation around `mean`. */
  #tensor(name: string, dims: readonly number[], deviation: number, mean = 0): string {
    const count = dims.reduce((product, dim) => product * dim, 1)
    const valueAt = () => mean + (this.#random() - 0.5) * deviation * Math.sqrt(12)
    return this.graph.tensor(name, dataType.float32, dims, this.#weights.floats(count, false, valueAt))
  }
}
