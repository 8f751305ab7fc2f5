import { deliveredVectors } from '../../engines/embedder.ts'
import type { Dialect } from '../../openai/dialects/dialect.ts'
import { parseEmbeddingsRequest } from '../../openai/embeddings-request.ts'
import { embeddingsBody } from '../../openai/embeddings-response.ts'
import { EdgewiseError } from '../../spec/errors.ts'

/** `POST /v1/embeddings`, which never streams. */
export const embeddingsDialect: Dialect = {
  idPrefix: 'embd-',
  parse({ body, id }) {
    const { request, format, ignoredFields } = parseEmbeddingsRequest({ body, id })
    return {
      request,
      stream: false,
      ignoredFields,
      whole: (parts) => embeddingsBody({ vectors: deliveredVectors(request), model: request.model, format, parts }),
      encoder() {
        throw new EdgewiseError('internal', 'vectors are never streamed')
      },
    }
  },
}
