import type { Disclosure, InferenceMode } from './policy.ts'

/** Where a request is executed. */
export const placementKinds = ['local', 'cloud', 'cascade', 'split', 'speculative', 'deferred'] as const
export type PlacementKind = (typeof placementKinds)[number]

/** Predicted cost of one request in one placement. */
export interface Estimate {
  readonly firstTokenMs: number
  readonly tokensPerSecond: number
}

/** What the choice knows about one placement, at the moment of the request. */
export interface Candidate {
  readonly placement: PlacementKind
  readonly models: readonly string[]
  readonly needsLink: boolean
  readonly discloses: Disclosure
  readonly exact: boolean
  readonly estimate: Estimate
  /** Why it cannot run now, whatever the policy says. */
  readonly unavailable?: string
}

/** The decision for one request, with the reasoning to show it to a person. */
export interface Plan {
  readonly placement: PlacementKind
  /** Why this one, as one stable word or phrase: goes into `x-edgewise-reason`. */
  readonly reason: string
  readonly mode: InferenceMode
  readonly estimate: Estimate
  readonly rejected: readonly { readonly placement: PlacementKind; readonly because: string }[]
}
