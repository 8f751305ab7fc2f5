import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { AnswerEncoder } from '../http/answer-stream.ts'

/** One of OpenAI's ways to ask for an answer: how a body becomes a request, and how the answer goes back. */
export interface Dialect<A extends Asked = Asked> {
  /** Beginning of the ids that its answers carry. */
  readonly idPrefix: string
  /** Throws `invalid-request` or `unsupported-field` for a body that cannot be honoured. */
  parse(asked: A): ParsedCall | Promise<ParsedCall>
}

export interface Asked {
  readonly body: unknown
  /** Id of the request, and of its answer. */
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
}

/** A request that was understood, with the way its answer is written. */
export interface ParsedCall {
  readonly request: InferenceRequest
  readonly stream: boolean
  /** Top-level fields that had no effect, fit for a warning header. */
  readonly ignoredFields: readonly string[]
  /** Body of an answer that is complete. */
  whole(parts: readonly StreamPart[]): object | Promise<object>
  /** Writes an answer as it comes. */
  encoder(): AnswerEncoder
}
