import { deliveredVectors } from '../../engines/embedder.ts'
import { parseEmbeddingsRequest } from '../../openai/embeddings-request.ts'
import { embeddingsBody } from '../../openai/embeddings-response.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { EmbeddingEdge } from '../embeddings.ts'
import type { EdgeDialect } from './dialect.ts'

/** `POST /v1/embeddings`. The answer names the model that gave the vectors, whatever name the request had for it. */
export function embeddingsDialect({ modelFor }: Pick<EmbeddingEdge, 'modelFor'>): EdgeDialect {
  return {
    idPrefix: 'embd-',
    parse({ body, id, mode }) {
      const { request, format, ignoredFields } = parseEmbeddingsRequest({ body, id })
      const model = modelFor(request.model, mode)
      return {
        request: { ...request, model },
        stream: false,
        ignoredFields,
        whole: (parts) => embeddingsBody({ vectors: deliveredVectors(request), model, format, parts }),
        encoder() {
          throw new EdgewiseError('internal', 'vectors are never streamed')
        },
      }
    },
  }
}
