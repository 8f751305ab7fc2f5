import { decodeUpstreamEmbeddings } from '../../openai/embeddings-upstream.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { deliverVectors } from '../embedder.ts'
import { parseAnswer } from './answer-decoder.ts'
import type { Upstream } from './upstream-generator.ts'

/** Reads the text of one response with vectors and leaves them for whoever asked. Throws `upstream-failed` when they do not fit the request. */
export function embeddingsAnswer(text: string, upstream: Upstream, request: SanitisedRequest): StreamPart {
  const body = parseAnswer(text, upstream)
  return deliverVectors(request, decodeUpstreamEmbeddings(body, request.messages.length, upstream.name))
}
