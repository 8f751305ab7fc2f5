import type { EdgewiseError, ErrorCode } from '../../spec/errors.ts'
import type { Plan } from '../../spec/plan.ts'
import type { InferenceMode } from '../../spec/policy.ts'

/** What to do with a background request now. */
export type NextStep =
  | { readonly does: 'run'; readonly mode: InferenceMode }
  | {
      readonly does: 'wait'
      readonly because: string
      readonly afterMs?: number
      /** It is told when the link is back. */
      readonly isForLink?: boolean
    }
  | { readonly does: 'fail'; readonly error: EdgewiseError }

export interface NextStepInputs {
  readonly mode: InferenceMode
  /** What would happen to the request now, or why nothing can. */
  readonly outlook: Plan | EdgewiseError
  /** The time in which the cloud's answer is of use is over. */
  readonly isOverdue: boolean
  /** False while the hub has not told its models. */
  readonly knowsModels?: boolean
}

/** What passes by itself: the link comes back, a place becomes free, an engine is started again, a minute or a day is over. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'link-down',
  'overloaded',
  'engine-unavailable',
  'engine-crashed',
  'rate-limited',
  'budget-exceeded',
  'upstream-timeout',
  'upstream-failed',
  'stream-cut',
  'ledger-failed',
  'storage-full',
  'store-failed',
  'request-timeout',
  'aborted',
])

/** True for a failure after which the same request may succeed later. */
export function passes(error: EdgewiseError): boolean {
  return passing.has(error.code)
}

const localInstead: ReadonlySet<string> = new Set(['link-down', 'engine-down', 'overloaded'])

/**
 * A background request waits for the place that its mode prefers instead of taking another at once: `prefer-cloud` goes to the cloud when the link is back, and
 * is answered here only when its time is over. What privacy pins here is answered here in any mode. Pure.
 */
export function nextStep({ mode, outlook, isOverdue, knowsModels = true }: NextStepInputs): NextStep {
  if (outlook instanceof Error) {
    if (mode === 'prefer-cloud' && isOverdue) return { does: 'run', mode: 'only-edge' }
    const mayBeKnownLater = outlook.code === 'model-not-found' && !knowsModels
    if (!passes(outlook) && !mayBeKnownLater) return { does: 'fail', error: outlook }
    const { retryAfterSeconds, message, code } = outlook
    if (code === 'link-down') return { does: 'wait', because: message, isForLink: true }
    return {
      does: 'wait',
      because: message,
      ...(retryAfterSeconds === undefined ? {} : { afterMs: retryAfterSeconds * 1000 }),
    }
  }
  if (mode !== 'prefer-cloud') return { does: 'run', mode }
  if (isOverdue) return { does: 'run', mode: 'only-edge' }
  const { placement, reason, rejected } = outlook
  if (placement === 'cloud') return { does: 'run', mode: 'only-cloud' }
  if (!localInstead.has(reason)) return { does: 'run', mode }
  const because = rejected.find((candidate) => candidate.code === reason)?.because ?? reason
  return { does: 'wait', because, ...(reason === 'link-down' ? { isForLink: true } : {}) }
}
