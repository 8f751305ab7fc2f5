import type { LinkProfile } from '../spec/link-profile.ts'
import type { RequestViews } from '../spec/outbound.ts'
import type { Estimate, Place, PlacementKind, Rejection } from '../spec/plan.ts'
import type { Disclosure } from '../spec/policy.ts'
import type { InferenceRequest } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'

/** One way to answer a request. Shared code asks these properties; it never asks for the kind. */
export interface Placement {
  readonly kind: PlacementKind
  readonly place: Place
  /** Ids of the models that may write the answer. */
  readonly models: readonly string[]
  readonly needsLink: boolean
  readonly discloses: Disclosure
  /** True when the answer is the one its model would give whole and alone. */
  readonly exact: boolean
  /** Why it cannot take this request now; undefined when it can. */
  unavailable(request: InferenceRequest): Rejection | undefined
  estimate(request: InferenceRequest, link: LinkProfile): Estimate
  /** Answers. Ends with one `finish` part or throws an EdgewiseError. */
  run(views: RequestViews, context: RunContext): AsyncIterable<StreamPart>
}

export interface RunContext {
  readonly signal: AbortSignal
  /** True when somebody reads the answer as it comes, so that waiting for the whole of it costs. */
  readonly streaming: boolean
  /** Told once by a placement that judges its own draft. */
  onConfidence(confidence: Confidence): void
}

/** What a placement thinks of its draft, 0..1, and the threshold it was held against. */
export interface Confidence {
  readonly value: number
  readonly threshold: number
  /** The value is how likely the draft is as good as the cloud's answer. Absent: the mean probability of its tokens. */
  readonly calibrated?: true
}
