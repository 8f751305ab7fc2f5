import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readOnnxModel } from '../../../src/partition/read-onnx-model.ts'

type Matrix = readonly (readonly number[])[]

/** BERT in plain arithmetic over the weights of a tiny encoder: slow, and with nothing in common with onnxruntime. */
export class PlainBert {
  readonly #tensors = new Map<string, { readonly dims: readonly number[]; readonly values: readonly number[] }>()
  readonly #heads: number
  readonly #layers: number

  constructor({ folder, heads, layers }: { folder: string; heads: number; layers: number }) {
    const path = join(folder, 'onnx', 'model.onnx')
    const file = readFileSync(path)
    for (const { name, dims, dataType, payload } of readOnnxModel(path).graph.initializers.values()) {
      if (dataType !== 1 || payload.kind !== 'raw') continue
      const bytes = file.subarray(payload.offset, payload.offset + payload.length)
      this.#tensors.set(name, { dims, values: [...new Float32Array(new Uint8Array(bytes).buffer)] })
    }
    this.#heads = heads
    this.#layers = layers
  }

  /** Hidden states, one row for each token. */
  run(ids: readonly number[]): Matrix {
    const [word, position, type] = ['word', 'position', 'type'].map((name) => this.#matrix(`embeddings.${name}`))
    let hidden: Matrix = ids.map((id, place) =>
      (word?.[id] ?? []).map(
        (value, column) => value + (position?.[place]?.[column] ?? 0) + (type?.[0]?.[column] ?? 0),
      ),
    )
    hidden = this.#norm('embeddings.norm', hidden)
    for (let layer = 0; layer < this.#layers; layer++) {
      const base = `encoder.layer.${layer}`
      const middle = this.#norm(`${base}.attention.norm`, added(hidden, this.#attention(`${base}.attention`, hidden)))
      const wide = this.#linear(`${base}.intermediate`, middle).map((row) => row.map(gelu))
      hidden = this.#norm(`${base}.norm`, added(middle, this.#linear(`${base}.output`, wide)))
    }
    return hidden
  }

  #attention(base: string, input: Matrix): Matrix {
    const [query = [], key = [], value = []] = ['query', 'key', 'value'].map((name) =>
      this.#linear(`${base}.${name}`, input),
    )
    const width = (input[0]?.length ?? 0) / this.#heads
    const seen = query.map((row) => {
      const parts = Array.from({ length: this.#heads }, (_, head) => {
        const cut = (from: readonly number[]) => from.slice(head * width, (head + 1) * width)
        const scores = key.map((other) => dot(cut(row), cut(other)) / Math.sqrt(width))
        const weights = softmax(scores)
        return cut(row).map((_, column) =>
          value.reduce((sum, other, at) => sum + (weights[at] ?? 0) * (cut(other)[column] ?? 0), 0),
        )
      })
      return parts.flat()
    })
    return this.#linear(`${base}.output`, seen)
  }

  #linear(name: string, input: Matrix): Matrix {
    const weight = this.#matrix(`${name}.weight`)
    const bias = this.#tensors.get(`${name}.bias`)?.values ?? []
    return input.map((row) =>
      bias.map((start, column) => row.reduce((sum, value, at) => sum + value * (weight[at]?.[column] ?? 0), start)),
    )
  }

  #norm(name: string, input: Matrix): Matrix {
    const [weight = [], bias = []] = ['weight', 'bias'].map((part) => this.#tensors.get(`${name}.${part}`)?.values)
    return input.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
      return row.map(
        (value, at) => ((value - mean) / Math.sqrt(variance + 1e-12)) * (weight[at] ?? 0) + (bias[at] ?? 0),
      )
    })
  }

  #matrix(name: string): Matrix {
    const { dims, values } = this.#tensors.get(name) ?? { dims: [0, 0], values: [] }
    const [rows = 0, columns = 0] = dims
    return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns))
  }
}

function added(left: Matrix, right: Matrix): Matrix {
  return left.map((row, at) => row.map((value, column) => value + (right[at]?.[column] ?? 0)))
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)
}

function softmax(scores: readonly number[]): readonly number[] {
  const most = Math.max(...scores)
  const weights = scores.map((score) => Math.exp(score - most))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function gelu(value: number): number {
  return 0.5 * value * (1 + erf(value / Math.SQRT2))
}

/** Abramowitz and Stegun, 7.1.26: right to 1.5e-7. */
function erf(value: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(value))
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  return Math.sign(value) * (1 - series * Math.exp(-value * value))
}
