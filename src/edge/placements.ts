import type { Generator } from '../engines/engine.ts'
import { createCascadePlacement } from '../placements/cascade.ts'
import { createCloudPlacement } from '../placements/cloud.ts'
import { createLocalPlacement, type Pace } from '../placements/local.ts'
import type { Placement } from '../placements/placement.ts'
import type { DraftJudge } from '../routers/calibration.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import type { Policy } from '../spec/policy.ts'

export interface PlacementParts {
  readonly local: Generator & { stats(): Partial<Record<keyof Pace, number | undefined>> }
  readonly cloud: Generator<SanitisedRequest> | undefined
  readonly policy: Policy
  /** Judges the cascade's drafts; absent: the mean probability of their tokens is held against the policy's threshold. */
  readonly judge?: DraftJudge | undefined
}

/** What is assumed of a local model that has not answered yet. */
const unmeasured: Pace = { prefillTokensPerSecond: 200, decodeTokensPerSecond: 20 }

/** The pace of the local model, as measured if it was. */
export function paceOf({ stats }: Pick<PlacementParts['local'], 'stats'>): Pace {
  const { prefillTokensPerSecond, decodeTokensPerSecond } = stats()
  return {
    prefillTokensPerSecond: prefillTokensPerSecond ?? unmeasured.prefillTokensPerSecond,
    decodeTokensPerSecond: decodeTokensPerSecond ?? unmeasured.decodeTokensPerSecond,
  }
}

/** The placements this edge offers: a new kind is one more line. */
export function assemblePlacements({ local, cloud, policy, judge }: PlacementParts): readonly Placement[] {
  const pace = () => paceOf(local)
  const placements = [createLocalPlacement({ generator: local, pace })]
  if (cloud === undefined) return placements
  placements.push(createCloudPlacement({ generator: cloud }))
  const { threshold = judge?.threshold, decideAfterTokens } = policy.cascade
  if (threshold === undefined) return placements
  const judged = judge === undefined ? {} : { judge: { ...judge, threshold } }
  return [...placements, createCascadePlacement({ local, cloud, pace, threshold, decideAfterTokens, ...judged })]
}
