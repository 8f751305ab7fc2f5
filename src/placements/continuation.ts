import { asEdgewiseError, type EdgewiseError } from '../spec/errors.ts'
import type { RequestViews } from '../spec/outbound.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import { GivenAnswer } from './given-answer.ts'
import type { Placement, RunContext } from './placement.ts'

export interface ContinuationOptions {
  readonly primary: Placement
  /** Must disclose nothing: it reads the raw view. */
  readonly fallback: Placement
  readonly views: RequestViews
  readonly context: RunContext
  /** What happens when the answer has begun: go on locally, or end in the error. */
  readonly onCloudLoss: 'continue' | 'error'
  /** Told of the failure that was survived. */
  readonly onLoss: (error: EdgewiseError) => void
}

/**
 * The primary's answer; when that fails for a cause that may pass, the fallback answers, or goes on right behind the text that was
 * already given. What is not text (a half tool call) cannot be continued and ends in the error.
 */
export function withContinuation(options: ContinuationOptions): AsyncIterable<StreamPart> {
  return { [Symbol.asyncIterator]: () => new Continued(options) }
}

/** Written out, not as a generator: every part of every cloud answer passes here. */
class Continued implements AsyncIterator<StreamPart> {
  readonly #options: ContinuationOptions
  readonly #given = new GivenAnswer()
  readonly #primary: AsyncIterator<StreamPart>
  #rest: AsyncIterator<StreamPart> | undefined
  #hasToolCall = false

  constructor(options: ContinuationOptions) {
    this.#options = options
    const { primary, views, context } = options
    this.#primary = primary.run(views, context)[Symbol.asyncIterator]()
  }

  next(): Promise<IteratorResult<StreamPart>> {
    if (this.#rest !== undefined) return this.#rest.next()
    return this.#primary.next().then(this.#onResult, this.#onFailure)
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    await (this.#rest ?? this.#primary).return?.()
    return { done: true, value: undefined }
  }

  readonly #onResult = (result: IteratorResult<StreamPart>) => {
    if (result.done !== true) {
      this.#given.take(result.value)
      if (result.value.type === 'tool-call-delta') this.#hasToolCall = true
    }
    return result
  }

  readonly #onFailure = (thrown: unknown): IteratorResult<StreamPart> => {
    const { fallback, views, context, onCloudLoss, onLoss } = this.#options
    const failure = asEdgewiseError(thrown)
    const given = this.#given
    const raw = given.restOf(views.raw, views.restore?.(given.text))
    const hasBegun = given.text !== '' || this.#hasToolCall
    if (!canBeTakenOver(failure) || context.signal.aborted || this.#hasToolCall) throw failure
    if (hasBegun && onCloudLoss === 'error') throw failure
    if (fallback.unavailable(raw) !== undefined) throw failure
    onLoss(failure)
    this.#rest = given.followedBy(raw, () => fallback.run({ ...views, raw }, context))
    const value: StreamPart = {
      type: 'placement',
      placement: fallback.kind,
      model: fallback.models.join(', '),
      reason: failure.code,
    }
    return { done: false, value }
  }
}

/** What may go well elsewhere: a failure that passes, and a request that egress did not let out, which the edge itself may read. */
export function canBeTakenOver({ retryable, code }: EdgewiseError): boolean {
  return retryable || code === 'egress-denied'
}
