import type { ErrorCode } from './errors.ts'
import type { PlacementKind, Plan } from './plan.ts'
import type { Disclosure } from './policy.ts'
import type { PrivacyReport } from './privacy-report.ts'
import type { FinishReason, Usage } from './stream-part.ts'

/** One step of an answer's way: which place gave text from which moment on, and why. */
export interface DecisionStep {
  readonly atMs: number
  readonly placement: PlacementKind
  readonly model: string
  readonly reason: string
}

/** Everything worth knowing about one request, without a word of its content. Kept in the store, shown by `explain`. */
export interface Decision {
  readonly requestId: string
  readonly startedAt: string
  readonly keyId: string
  readonly conversation: string
  readonly requestedModel: string
  readonly stream: boolean
  readonly plan: Plan | undefined
  readonly steps: readonly DecisionStep[]
  readonly outcome: 'answered' | 'failed' | 'aborted'
  readonly errorCode?: ErrorCode
  readonly finishReason?: FinishReason
  readonly usage?: Usage
  readonly firstTokenMs?: number
  readonly totalMs: number
  /** Repeated attempts of the client that took this answer in place of one of their own. */
  readonly joins?: number
  /** Confidence of a cascade's draft, and the threshold it was held against: its mean token probability, or, `calibrated`, how likely it is as good as the cloud's. */
  readonly confidence?: { readonly value: number; readonly threshold: number; readonly calibrated?: true }
  /** What the guard found and did; absent where it did not look. */
  readonly privacy?: PrivacyReport
  /** What left this edge for this request. */
  readonly sent: {
    readonly bytes: number
    readonly disclosed: Disclosure
    readonly destinations: readonly string[]
    /** Numbers of its sends in the ledger. */
    readonly entries?: readonly number[]
  }
}
