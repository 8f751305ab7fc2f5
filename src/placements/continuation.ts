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
export async function* withContinuation(options: ContinuationOptions): AsyncGenerator<StreamPart> {
  const { primary, fallback, views, context, onCloudLoss, onLoss } = options
  const given = new GivenAnswer()
  let hasToolCall = false
  try {
    for await (const part of primary.run(views, context)) {
      given.take(part)
      if (part.type === 'tool-call-delta') hasToolCall = true
      yield part
    }
  } catch (error) {
    const failure = asEdgewiseError(error)
    const raw = given.restOf(views.raw, views.restore?.(given.text))
    const hasBegun = given.text !== '' || hasToolCall
    if (!failure.retryable || context.signal.aborted || hasToolCall) throw failure
    if (hasBegun && onCloudLoss === 'error') throw failure
    if (fallback.unavailable(raw) !== undefined) throw failure
    onLoss(failure)
    yield { type: 'placement', placement: fallback.kind, model: fallback.models.join(', '), reason: failure.code }
    yield* given.followedBy(raw, () => fallback.run({ ...views, raw }, context))
  }
}
