import { deliveredVectors } from '../../engines/embedder.ts'
import { parseChatRequest } from '../../openai/chat-request.ts'
import { chatCompletion } from '../../openai/chat-response.ts'
import { createChatStreamEncoder } from '../../openai/chat-stream.ts'
import { parseCompletionsRequest } from '../../openai/completions-request.ts'
import { textCompletion } from '../../openai/completions-response.ts'
import { createCompletionsStreamEncoder } from '../../openai/completions-stream.ts'
import { parseEmbeddingsRequest } from '../../openai/embeddings-request.ts'
import { embeddingsBody } from '../../openai/embeddings-response.ts'
import type { AnswerEncoder } from '../../openai/http/answer-stream.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'

/** One of OpenAI's ways to ask this hub: how a body becomes a request, and how the answer goes back. */
export interface HubDialect {
  /** Beginning of the ids that its answers carry. */
  readonly idPrefix: string
  /** Throws `invalid-request` or `unsupported-field`. `created` is in seconds since 1970. */
  parse(asked: { readonly body: unknown; readonly id: string; readonly created: number }): HubCall
}

export interface HubCall {
  readonly request: InferenceRequest
  readonly stream: boolean
  readonly ignoredFields: readonly string[]
  whole(parts: readonly StreamPart[]): object
  encoder(): AnswerEncoder
}

/** `POST /v1/chat/completions`. */
export const chatDialect: HubDialect = {
  idPrefix: 'chatcmpl-',
  parse({ body, id, created }) {
    const { request, stream, ignoredFields, includeUsage } = parseChatRequest({ body, id })
    const { model } = request
    return {
      request,
      stream,
      ignoredFields,
      whole: (parts) => chatCompletion({ id, created, model, parts }),
      encoder: () => createChatStreamEncoder({ id, created, model, includeUsage }),
    }
  },
}

/** `POST /v1/completions`. */
export const completionsDialect: HubDialect = {
  idPrefix: 'cmpl-',
  parse({ body, id, created }) {
    const { request, stream, ignoredFields, includeUsage, echo } = parseCompletionsRequest({ body, id })
    const head = { id, created, model: request.model, echo }
    return {
      request,
      stream,
      ignoredFields,
      whole: (parts) => textCompletion({ ...head, parts }),
      encoder: () => createCompletionsStreamEncoder({ ...head, includeUsage }),
    }
  },
}

/** `POST /v1/embeddings`, which never streams. */
export const embeddingsDialect: HubDialect = {
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
