import { z } from 'zod'
import type { InferenceRequest } from '../spec/request.ts'
import { chatFault } from './chat-fault.ts'
import { unsupported } from './chat-fields.ts'
import { list } from './chat-schema.ts'
import { sortFieldsBy } from './sort-fields.ts'

const embeddingsSchema = z.object({
  model: z.string().min(1).max(256),
  input: z.union([
    z.string().min(1),
    list(z.union([z.string().min(1), z.int(), list(z.int())]), { least: 1, most: 2048 }),
  ]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).max(65_536).nullish(),
})

const rules = {
  honoured: new Set(Object.keys(embeddingsSchema.shape)),
  harmless: new Set(['user']),
  refused: new Map(),
}

export interface ParsedEmbeddings {
  /** Its user messages are the texts. */
  readonly request: InferenceRequest
  readonly format: 'float' | 'base64'
  /** Top-level fields that had no effect, fit for a warning header. */
  readonly ignoredFields: readonly string[]
}

/**
 * Reads the body of `POST /v1/embeddings`. Null means absent. Throws `invalid-request` for a bad value and `unsupported-field` for one that
 * cannot be honoured, both with the field's path as `param` and without any content.
 */
export function parseEmbeddingsRequest({
  body,
  id,
}: {
  readonly body: unknown
  readonly id: string
}): ParsedEmbeddings {
  const parsed = embeddingsSchema.safeParse(body)
  if (!parsed.success) throw chatFault(parsed.error.issues, body)
  const { model, input, encoding_format: format, dimensions } = parsed.data
  const texts = (typeof input === 'string' ? [input] : input).map((text, index) => {
    if (typeof text === 'string') return text.toWellFormed()
    const message =
      'input cannot be token ids: they mean something to one model only, and nothing to the guard; send text'
    throw unsupported(`input.${index}`, message)
  })
  return {
    request: {
      id,
      model,
      messages: texts.map((content) => ({ role: 'user', content })),
      embedding: dimensions == null ? {} : { dimensions },
      sampling: { temperature: 0, topP: 1, topK: 0 },
      stop: [],
    },
    format: format ?? 'float',
    ignoredFields: sortFieldsBy(rules, body as object),
  }
}
