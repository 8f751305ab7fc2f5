import { parseCompletionsRequest } from '../completions-request.ts'
import { textCompletion } from '../completions-response.ts'
import { createCompletionsStreamEncoder } from '../completions-stream.ts'
import type { Dialect } from './dialect.ts'

/** `POST /v1/completions`: a prompt as it is, without a chat template. */
export const completionsDialect: Dialect = {
  idPrefix: 'cmpl-',
  parse({ body, id, created }) {
    const { request, stream, includeUsage, echo, ignoredFields } = parseCompletionsRequest({ body, id })
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
