import { EdgewiseError } from '../spec/errors.ts'
import type { EmbeddingWish, InferenceRequest } from '../spec/request.ts'
import type { Cost, StreamPart } from '../spec/stream-part.ts'

/** One vector for each text, in the order of the texts, and the tokens that all of them took. */
export interface Embeddings {
  readonly vectors: readonly Float32Array[]
  readonly promptTokens: number
  /** What they cost, where somebody pays by the token. */
  readonly cost?: Cost
}

/** A model that turns texts into vectors. */
export interface Embedder extends AsyncDisposable {
  /** Vectors of the request's user messages. Throws an EdgewiseError; work stops within one text after `signal` aborts. */
  embed(request: InferenceRequest, signal: AbortSignal): Promise<Embeddings>
}

/**
 * Vectors are no part of a stream: whoever finds them leaves them under the wish that asked for them, which every view of a request shares, and
 * gives a stream of nothing but its `finish`. So a request for vectors goes through the same guard, plan, pool and accounts as any other.
 */
const delivered = new WeakMap<EmbeddingWish, Embeddings>()

/** Leaves the vectors for whoever asked, and gives the end of the stream. Throws `internal` for a request that asked for none. */
export function deliverVectors({ embedding }: InferenceRequest, found: Embeddings): StreamPart {
  if (embedding === undefined) throw new EdgewiseError('internal', 'vectors came that nobody asked for')
  delivered.set(embedding, found)
  const { promptTokens, cost } = found
  const usage = { promptTokens, completionTokens: 0, ...(cost === undefined ? {} : { cost }) }
  return { type: 'finish', reason: 'stop', usage }
}

/** The vectors that were found for a request, once its stream has ended. Throws `internal` when there are none. */
export function deliveredVectors({ embedding }: InferenceRequest): readonly Float32Array[] {
  const found = embedding === undefined ? undefined : delivered.get(embedding)
  if (found === undefined) throw new EdgewiseError('internal', 'the answer ended without vectors')
  return found.vectors
}

/** The texts that a request wants vectors of. */
export function embeddedTexts({ messages }: Pick<InferenceRequest, 'messages'>): readonly string[] {
  return messages.map(({ content }) => (typeof content === 'string' ? content : ''))
}
