import type { LinkProfile } from '../spec/link-profile.ts'
import type { RequestViews } from '../spec/outbound.ts'
import type { Estimate, PlacementKind } from '../spec/plan.ts'
import type { Disclosure } from '../spec/policy.ts'
import type { InferenceRequest } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'

/** One way to answer a request. Shared code asks these properties; it never asks for the kind. */
export interface Placement {
  readonly kind: PlacementKind
  /** Ids of the models that may write the answer. */
  readonly models: readonly string[]
  readonly needsLink: boolean
  readonly discloses: Disclosure
  /** True when the answer is the one its model would give whole and alone. */
  readonly exact: boolean
  /** Why it cannot take this request now, for a person; undefined when it can. */
  unavailable(request: InferenceRequest): string | undefined
  estimate(request: InferenceRequest, link: LinkProfile): Estimate
  /** Answers. Ends with one `finish` part or throws an EdgewiseError. */
  run(views: RequestViews, signal: AbortSignal): AsyncIterable<StreamPart>
}
