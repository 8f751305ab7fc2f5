import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'

const size = z.number().int().positive()

const tokenizerSchema = z.looseObject({
  ggml: z.looseObject({
    model: z.string(),
    tokens: z.array(z.string()).min(1),
    token_type: z.array(z.number()).optional(),
    bos_token_id: z.number().int().optional(),
    eos_token_id: z.number().int().optional(),
    add_space_prefix: z.boolean().optional(),
  }),
  chat_template: z.string().optional(),
})

const architectureSchema = z.looseObject({
  block_count: size,
  embedding_length: size,
  attention: z
    .looseObject({
      head_count: z.union([size, z.array(z.number())]).optional(),
      head_count_kv: z.union([size, z.array(z.number())]).optional(),
      key_length: size.optional(),
      value_length: size.optional(),
    })
    .default({}),
})

const whole = z.looseObject({
  general: z.looseObject({ architecture: z.string() }),
  tokenizer: tokenizerSchema,
})

/** What the header of a GGUF file says of its text side. */
export type GgufTokenizerFacts = z.infer<typeof tokenizerSchema>

/** What a GGUF file says of itself, as far as it matters here. */
export interface GgufFacts {
  readonly tokenizer: GgufTokenizerFacts
  readonly layers: number
  /** Bytes of KV cache that one token takes, in f16. */
  readonly kvBytesPerToken: number
}

/** Reads the facts out of the metadata tree of a GGUF file. Throws `model-invalid` naming the key at fault. */
export function readGgufFacts(metadata: unknown): GgufFacts {
  const { general, tokenizer } = parsed(whole, metadata, [])
  const { architecture } = general
  const shape = parsed(architectureSchema, (metadata as Record<string, unknown>)[architecture], [architecture])
  return { tokenizer, layers: shape.block_count, kvBytesPerToken: kvBytes(shape) }
}

function kvBytes({ block_count, embedding_length, attention }: z.infer<typeof architectureSchema>): number {
  const heads = perLayer(attention.head_count ?? 1, block_count)
  const kvHeads = perLayer(attention.head_count_kv ?? attention.head_count ?? 1, block_count)
  const headSize = Math.ceil(embedding_length / Math.max(1, ...heads))
  const { key_length = headSize, value_length = headSize } = attention
  const rows = kvHeads.reduce((sum, count) => sum + count, 0)
  return 2 * Math.max(1, rows) * (key_length + value_length)
}

function perLayer(count: number | readonly number[], layers: number): readonly number[] {
  return typeof count === 'number' ? Array.from({ length: layers }, () => count) : count
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, path: readonly string[]): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const key = [...path, ...(issue?.path ?? [])].join('.')
  throw new EdgewiseError('model-invalid', `the GGUF file is wrong at ${key}: ${issue?.message}`)
}
