import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import type { InferenceRequest } from '../spec/request.ts'
import type { Cost } from '../spec/stream-part.ts'
import { decodeVector } from './embeddings-vector.ts'
import { usage } from './upstream-chunk.ts'
import { costOf } from './upstream-decoder.ts'

/** A request for vectors as body for any OpenAI-compatible server. Vectors are asked for as floats: not every server knows base64. */
export function encodeUpstreamEmbeddings(
  { messages, embedding }: InferenceRequest,
  { model }: { readonly model: string },
): Record<string, unknown> {
  return {
    model,
    input: messages.map(({ content }) => content),
    encoding_format: 'float',
    dimensions: embedding?.dimensions,
  }
}

const answer = z.object({
  data: z.array(z.object({ index: z.int().nullish(), embedding: z.union([z.string(), z.array(z.number())]) })),
  usage,
})

export interface UpstreamEmbeddings {
  readonly vectors: readonly Float32Array[]
  /** 0 where the server does not say. */
  readonly promptTokens: number
  readonly cost?: Cost
}

/** Reads such a server's answer to `count` texts. Throws `upstream-failed` when it is none, or holds another number of vectors. */
export function decodeUpstreamEmbeddings(body: unknown, count: number, upstream: string): UpstreamEmbeddings {
  const parsed = answer.safeParse(body)
  if (!parsed.success)
    throw new EdgewiseError('upstream-failed', `${upstream} answered with something else than vectors`)
  const { data, usage: said } = parsed.data
  const inOrder = data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0))
  const vectors = inOrder.map(({ embedding }) =>
    typeof embedding === 'string' ? decodeVector(embedding) : Float32Array.from(embedding),
  )
  const [first] = vectors
  if (vectors.length !== count || !vectors.every(({ length }) => length > 0 && length === first?.length)) {
    const message = `${upstream} answered ${count} texts with ${vectors.length} vectors, or with some of another length`
    throw new EdgewiseError('upstream-failed', message)
  }
  return { vectors, promptTokens: said?.prompt_tokens ?? 0, ...costOf(said) }
}
