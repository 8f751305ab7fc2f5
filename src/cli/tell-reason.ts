import type { ErrorCode } from '../spec/errors.ts'
import type { RejectionCode } from '../spec/plan.ts'
import type { InferenceMode } from '../spec/policy.ts'

const told: Readonly<
  Partial<Record<InferenceMode | RejectionCode | ErrorCode | 'low-confidence' | 'confident', string>>
> = {
  'only-edge': 'requests must stay at the edge (mode only-edge)',
  'prefer-edge': 'the edge is preferred (mode prefer-edge)',
  'prefer-cloud': 'the cloud is preferred (mode prefer-cloud)',
  'only-cloud': 'only the cloud may answer (mode only-cloud)',
  mode: 'the inference mode does not allow the placement that ranks higher',
  model: 'the request names the model',
  privacy: 'what it says must not leave this edge',
  'link-down': 'the hub could not be reached',
  deadline: 'the link could not have met the deadline',
  capability: 'the preferred model cannot do what the request asks',
  'engine-down': 'the preferred engine was not available',
  'low-confidence': 'the edge model was not sure enough of its draft',
  confident: 'the edge model was sure enough of its draft',
  'engine-unavailable': 'no engine was available',
  'engine-crashed': 'the engine crashed',
  overloaded: 'the machine had too much to do',
  'upstream-failed': 'the server in the cloud failed',
  'upstream-timeout': 'the server in the cloud was silent for too long',
  'upstream-rejected': 'the server in the cloud rejected the request',
  'stream-cut': 'the connection to the cloud was cut in the middle of the answer',
  'deadline-exceeded': 'the deadline passed',
  'request-timeout': 'it took longer than a request may take',
  'policy-forbids': 'the policy of this edge forbids it',
  'model-not-found': 'there is no model of that name',
  'context-exceeded': 'prompt and answer do not fit the context of the model',
  'unsupported-field': 'it uses a field that no model here can honour',
  'invalid-request': 'the request is not valid',
  'egress-denied': 'egress did not let it out',
  internal: 'of an error inside Edgewise',
}

/** The clause after "because" for a reason word of a plan, a step or an error. A word that is not known stands for itself. */
export function tellReason(reason: string): string {
  return new Map(Object.entries(told)).get(reason) ?? `of ${reason}`
}
