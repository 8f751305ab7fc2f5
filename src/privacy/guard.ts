import { markSanitised, type RequestViews } from '../spec/outbound.ts'
import type { Policy } from '../spec/policy.ts'
import type { InferenceRequest } from '../spec/request.ts'

/** Decides what of a request may leave, and gives both views of it. */
export interface Guard {
  protect(request: InferenceRequest): RequestViews
}

/**
 * A guard with the identity detector: it finds nothing, so it can promise nothing. Requests leave unchanged when the policy
 * spells out `personalData: allow`, and not at all otherwise.
 */
export function createGuard({ policy }: { policy: Policy }): Guard {
  if (policy.privacy.personalData === 'keep') {
    const keptBecause = 'policy.privacy.personalData is keep: nothing leaves this edge'
    return { protect: (raw) => ({ raw, sanitised: undefined, keptBecause }) }
  }
  return { protect: (raw) => ({ raw, sanitised: markSanitised({ ...raw }) }) }
}
