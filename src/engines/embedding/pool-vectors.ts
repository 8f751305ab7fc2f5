import type { EmbeddingManifest } from '../../spec/embedding-manifest.ts'

export interface TokenVectors {
  /** Row-major (tokens, dimensions). */
  readonly data: Float32Array
  readonly tokens: number
}

/** The vector of one text out of the vectors of its tokens. */
export function poolVectors(
  { data, tokens }: TokenVectors,
  { pooling, normalises }: Pick<EmbeddingManifest, 'pooling' | 'normalises'>,
): Float32Array {
  const dimensions = data.length / tokens
  const vector = pooling === 'cls' ? data.slice(0, dimensions) : meanOf(data, dimensions, tokens)
  return normalises ? scaledToOne(vector) : vector
}

function meanOf(data: Float32Array, dimensions: number, tokens: number): Float32Array {
  const sums = new Float64Array(dimensions)
  for (let row = 0; row < tokens; row++) {
    for (let column = 0; column < dimensions; column++) {
      sums[column] = (sums[column] ?? 0) + (data[row * dimensions + column] ?? 0)
    }
  }
  return Float32Array.from(sums, (sum) => sum / tokens)
}

/** A vector of nothing but zeros has no direction and stays. */
function scaledToOne(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return length === 0 ? vector : vector.map((value) => value / length)
}
