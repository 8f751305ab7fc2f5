import type { Disclosure, InferenceMode } from './policy.ts'

/** How a request is executed. */
export const placementKinds = ['local', 'cloud', 'cascade', 'split', 'speculative', 'deferred'] as const
export type PlacementKind = (typeof placementKinds)[number]

/** Where the text of an answer is computed. */
export type Place = 'edge' | 'cloud' | 'both'

/** Predicted cost of one request in one placement. */
export interface Estimate {
  readonly firstTokenMs: number
  readonly tokensPerSecond: number
}

/** What the choice knows about one placement, at the moment of the request. */
export interface Candidate {
  readonly placement: PlacementKind
  readonly place: Place
  /** Ids of the models that may write the answer. */
  readonly models: readonly string[]
  readonly needsLink: boolean
  readonly discloses: Disclosure
  readonly exact: boolean
  readonly estimate: Estimate
  /** Why it cannot run now, whatever the policy says. */
  readonly unavailable?: Rejection
}

/** Why a placement was not taken: one stable word for programs, one sentence for people. */
export interface Rejection {
  readonly code: RejectionCode
  readonly because: string
  /** When it may be otherwise, where that can be told. */
  readonly retryAfterSeconds?: number
}

export type RejectionCode =
  | 'mode'
  | 'model'
  | 'privacy'
  | 'link-down'
  | 'deadline'
  | 'capability'
  | 'engine-down'
  | 'overloaded'
  | 'not-configured'
  | 'less-preferred'

export interface RejectedPlacement extends Rejection {
  readonly placement: PlacementKind
}

/** The decision for one request, with the reasoning to show it to a person. */
export interface Plan {
  readonly placement: PlacementKind
  readonly models: readonly string[]
  /** Why this one: the inference mode, or what forced it away from there. Goes into `x-edgewise-reason`. */
  readonly reason: InferenceMode | RejectionCode
  readonly mode: InferenceMode
  readonly discloses: Disclosure
  /** False when words may be held back while the placement makes up its mind. */
  readonly exact: boolean
  readonly estimate: Estimate
  /** Takes over when this placement fails; it always discloses nothing. */
  readonly fallback?: PlacementKind
  readonly rejected: readonly RejectedPlacement[]
}
