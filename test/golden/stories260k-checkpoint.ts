/** A checkpoint of llama2.c: sizes and weights, each matrix (layers, out, in). */
export interface Checkpoint {
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly vocabulary: number
  readonly contextTokens: number
  readonly headDim: number
  readonly weights: Readonly<Record<WeightName, Float32Array>>
}

export type WeightName =
  | 'embedding'
  | 'attentionNorm'
  | 'q'
  | 'k'
  | 'v'
  | 'o'
  | 'mlpNorm'
  | 'gate'
  | 'down'
  | 'up'
  | 'finalNorm'
  | 'head'

/** Reads the first format of llama2.c: seven int32, then f32 weights; a positive vocabulary says that the head is the embedding. */
export function parseCheckpoint(file: Uint8Array): Checkpoint {
  const bytes = file.slice().buffer
  const header = new Int32Array(bytes, 0, 7)
  const [
    hiddenSize = 0,
    intermediateSize = 0,
    layers = 0,
    heads = 0,
    kvHeads = 0,
    signedVocabulary = 0,
    contextTokens = 0,
  ] = header
  const vocabulary = Math.abs(signedVocabulary)
  const headDim = hiddenSize / heads
  let offset = header.byteLength
  const take = (count: number) => {
    const values = new Float32Array(bytes, offset, count)
    offset += values.byteLength
    return values
  }
  const weights = {
    embedding: take(vocabulary * hiddenSize),
    attentionNorm: take(layers * hiddenSize),
    q: take(layers * heads * headDim * hiddenSize),
    k: take(layers * kvHeads * headDim * hiddenSize),
    v: take(layers * kvHeads * headDim * hiddenSize),
    o: take(layers * hiddenSize * hiddenSize),
    mlpNorm: take(layers * hiddenSize),
    gate: take(layers * intermediateSize * hiddenSize),
    down: take(layers * hiddenSize * intermediateSize),
    up: take(layers * intermediateSize * hiddenSize),
    finalNorm: take(hiddenSize),
  }
  // Two tables of rotary angles follow, which later versions of llama2.c compute.
  take(contextTokens * headDim)
  const head = signedVocabulary > 0 ? weights.embedding : take(vocabulary * hiddenSize)
  return {
    hiddenSize,
    intermediateSize,
    layers,
    heads,
    kvHeads,
    vocabulary,
    contextTokens,
    headDim,
    weights: { ...weights, head },
  }
}

/** One entry of a llama2.c tokenizer; its place is its id. */
export interface Word {
  readonly text: string
  readonly score: number
}

/** Reads tok*.bin of llama2.c: for each token a score, a length and UTF-8. */
export function parseTokenizer(file: Uint8Array): readonly Word[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const words: Word[] = []
  for (let position = 4; position < file.length; ) {
    const score = view.getFloat32(position, true)
    const length = view.getInt32(position + 4, true)
    words.push({ score, text: new TextDecoder().decode(file.subarray(position + 8, position + 8 + length)) })
    position += 8 + length
  }
  return words
}
