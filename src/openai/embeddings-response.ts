import { EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import { edgewiseField, usageField } from './answer-fields.ts'
import { encodeVector } from './embeddings-vector.ts'

export interface EmbeddingsBodyOptions {
  readonly model: string
  readonly vectors: readonly Float32Array[]
  /** Everything else that came, up to and with its `finish`. */
  readonly parts: readonly StreamPart[]
  readonly format: 'float' | 'base64'
}

/** Body of the answer of `POST /v1/embeddings`. Throws `internal` when the parts hold no `finish`. */
export function embeddingsBody({ model, vectors, parts, format }: EmbeddingsBodyOptions): object {
  const finish = parts.find((part) => part.type === 'finish')
  const place = parts.findLast((part) => part.type === 'placement')
  if (finish === undefined) throw new EdgewiseError('internal', 'the answer ended without a finish part')
  const { completion_tokens: _none, ...usage } = usageField(finish.usage)
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'float' ? [...vector] : encodeVector(vector),
    })),
    model,
    usage,
    ...(place === undefined ? {} : { edgewise: edgewiseField(place) }),
  }
}
