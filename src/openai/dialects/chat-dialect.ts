import { parseChatRequest } from '../chat-request.ts'
import { chatCompletion } from '../chat-response.ts'
import { createChatStreamEncoder } from '../chat-stream.ts'
import type { Dialect } from './dialect.ts'

/** `POST /v1/chat/completions`. */
export const chatDialect: Dialect = {
  idPrefix: 'chatcmpl-',
  parse({ body, id, created }) {
    const { request, stream, includeUsage, ignoredFields } = parseChatRequest({ body, id })
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
