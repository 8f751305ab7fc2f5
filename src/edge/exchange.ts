import type { RequestViews } from '../spec/outbound.ts'
import type { Plan } from '../spec/plan.ts'
import type { InferenceMode } from '../spec/policy.ts'
import type { InferenceRequest } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import type { Trace } from './trace.ts'

/** One request on its way through the pipeline. Each middleware passes on what it was given, with its own part filled in. */
export interface Exchange {
  readonly request: InferenceRequest
  readonly keyId: string
  readonly conversation: string
  readonly streaming: boolean
  /** What the caller asked for in headers; absent: as policy says. */
  readonly mode?: InferenceMode
  readonly deadlineMs?: number
  /** Aborts when the client goes away, the deadline passes or the edge shuts down. */
  readonly signal: AbortSignal
  readonly trace: Trace
  /** Filled in by the guard. */
  readonly views?: RequestViews
  /** Filled in by the choice. */
  readonly plan?: Plan
}

/** What comes back: the plan at once, the answer as it is made. */
export interface Answer {
  readonly plan: Plan
  readonly parts: AsyncIterable<StreamPart>
}

export type Next = (exchange: Exchange) => Promise<Answer>
/** One step of a request's life. It may change the exchange on the way in, the answer on the way out, or end it by throwing. */
export type Middleware = (exchange: Exchange, next: Next) => Promise<Answer>

/** Nests the steps: the first is the outermost. The last must answer without calling `next`. */
export function compose(steps: readonly Middleware[]): Next {
  return steps.reduceRight<Next>(
    (next, step) => (exchange) => step(exchange, next),
    () => Promise.reject(new TypeError('the last step of the pipeline did not answer')),
  )
}
