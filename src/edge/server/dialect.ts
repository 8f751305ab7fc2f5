import type { Asked, Dialect } from '../../openai/dialects/dialect.ts'
import type { InferenceMode } from '../../spec/policy.ts'

/** What the dialects of an edge are told beside the body: some keep what was said, or ask where it may be answered. */
export interface EdgeAsked extends Asked {
  /** Id of the API key that asks. */
  readonly keyId: string
  /** What a header says about where it may run. */
  readonly mode: InferenceMode | undefined
  /** Name of the conversation that a header gives. */
  readonly conversation: string | undefined
}

export type EdgeDialect = Dialect<EdgeAsked>
