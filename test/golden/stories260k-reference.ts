import type { Checkpoint, Word } from './stories260k-checkpoint.ts'

/** A plain transformer, one token at a time, as run.c of llama2.c does it. Gives the logits of each token. */
export class ReferenceTransformer {
  readonly #model: Checkpoint
  /** For each layer the keys and values of all tokens so far, (tokens, kvHeads * headDim). */
  readonly #keys: Float64Array[][]
  readonly #values: Float64Array[][]
  #position = 0

  constructor(model: Checkpoint) {
    this.#model = model
    this.#keys = Array.from({ length: model.layers }, () => [])
    this.#values = Array.from({ length: model.layers }, () => [])
  }

  forward(token: number): Float64Array {
    const { hiddenSize, intermediateSize, kvHeads, headDim, layers, vocabulary, weights } = this.#model
    let x: Float64Array = Float64Array.from(weights.embedding.subarray(token * hiddenSize, (token + 1) * hiddenSize))
    for (let layer = 0; layer < layers; layer++) {
      const project = (name: keyof Checkpoint['weights'], input: Float64Array, outer: number) =>
        multiply(weights[name].subarray(layer * outer * input.length), input, outer)
      const normed = normalise(x, weights.attentionNorm.subarray(layer * hiddenSize))
      const query = this.#rotate(project('q', normed, hiddenSize))
      this.#keys[layer]?.push(this.#rotate(project('k', normed, kvHeads * headDim)))
      this.#values[layer]?.push(project('v', normed, kvHeads * headDim))
      x = add(x, project('o', this.#attend(layer, query), hiddenSize))
      const middle = normalise(x, weights.mlpNorm.subarray(layer * hiddenSize))
      const up = project('up', middle, intermediateSize)
      const gated = project('gate', middle, intermediateSize).map(
        (gate, index) => (gate / (1 + Math.exp(-gate))) * (up[index] ?? 0),
      )
      x = add(x, project('down', gated, hiddenSize))
    }
    this.#position++
    return multiply(weights.head, normalise(x, weights.finalNorm), vocabulary)
  }

  #attend(layer: number, query: Float64Array): Float64Array {
    const { heads, kvHeads, headDim } = this.#model
    const output = new Float64Array(query.length)
    for (let head = 0; head < heads; head++) {
      const shared = Math.floor(head / (heads / kvHeads)) * headDim
      const own = query.subarray(head * headDim, (head + 1) * headDim)
      const scores = (this.#keys[layer] ?? []).map((key) => dot(own, key.subarray(shared)) / Math.sqrt(headDim))
      const top = Math.max(...scores)
      const weights = scores.map((score) => Math.exp(score - top))
      const sum = weights.reduce((total, weight) => total + weight, 0)
      for (const [index, value] of (this.#values[layer] ?? []).entries()) {
        const share = (weights[index] ?? 0) / sum
        for (let i = 0; i < headDim; i++)
          output[head * headDim + i] = (output[head * headDim + i] ?? 0) + share * (value[shared + i] ?? 0)
      }
    }
    return output
  }

  /** Turns neighbouring pairs of each head by the angle of this position. */
  #rotate(input: Float64Array): Float64Array {
    const { headDim } = this.#model
    return input.map((value, index) => {
      const angle = this.#position * 10_000 ** ((-(index - (index % 2)) % headDim) / headDim)
      const isFirst = index % 2 === 0
      const other = input[isFirst ? index + 1 : index - 1] ?? 0
      return value * Math.cos(angle) + (isFirst ? -other : other) * Math.sin(angle)
    })
  }
}

/** The token ids of a text: pairs are merged as long as they give a word, the best score first. */
export function encodeReference(words: readonly Word[], text: string): number[] {
  const idOf = new Map(words.map((word, id) => [word.text, id]))
  const ids = [...` ${text}`].map((character) => idOf.get(character) ?? Number.NaN)
  for (;;) {
    let best = { score: Number.NEGATIVE_INFINITY, at: -1, id: -1 }
    for (let at = 0; at + 1 < ids.length; at++) {
      const id = idOf.get(`${words[ids[at] ?? 0]?.text}${words[ids[at + 1] ?? 0]?.text}`)
      const score = id === undefined ? undefined : words[id]?.score
      if (id !== undefined && score !== undefined && score > best.score) best = { score, at, id }
    }
    if (best.at === -1) return ids
    ids.splice(best.at, 2, best.id)
  }
}

/** Index of the largest value. */
export function greatest(values: Float64Array | Float32Array): number {
  let best = 0
  for (const [index, value] of values.entries()) if (value > (values[best] ?? 0)) best = index
  return best
}

function normalise(input: Float64Array, weight: Float32Array): Float64Array {
  const scale = 1 / Math.sqrt(dot(input, input) / input.length + 1e-5)
  return input.map((value, index) => value * scale * (weight[index] ?? 0))
}

function multiply(matrix: Float32Array, input: Float64Array, outer: number): Float64Array {
  return Float64Array.from({ length: outer }, (_, row) => dot(input, matrix.subarray(row * input.length)))
}

function dot(first: Float64Array, second: Float64Array | Float32Array): number {
  let sum = 0
  for (let index = 0; index < first.length; index++) sum += (first[index] ?? 0) * (second[index] ?? 0)
  return sum
}

function add(first: Float64Array, second: Float64Array): Float64Array {
  return first.map((value, index) => value + (second[index] ?? 0))
}
