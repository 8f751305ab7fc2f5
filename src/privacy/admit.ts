import { markSanitised, type SanitisedRequest } from '../spec/outbound.ts'
import type { InferenceRequest } from '../spec/request.ts'

/** For a hub: what an edge sent went through that edge's guard, so the hub may pass it on as it is. */
export function admitSanitised(request: InferenceRequest): SanitisedRequest {
  return markSanitised({ ...request })
}
