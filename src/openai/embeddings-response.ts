import type { EdgewiseField } from './answer-fields.ts'
import { encodeVector } from './embeddings-vector.ts'

export interface EmbeddingsBodyOptions {
  readonly model: string
  readonly vectors: readonly Float32Array[]
  readonly promptTokens: number
  readonly format: 'float' | 'base64'
  readonly place?: EdgewiseField | undefined
}

/** Body of the answer of `POST /v1/embeddings`. */
export function embeddingsBody({ model, vectors, promptTokens, format, place }: EmbeddingsBodyOptions): object {
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'float' ? [...vector] : encodeVector(vector),
    })),
    model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    ...(place === undefined ? {} : { edgewise: place }),
  }
}
