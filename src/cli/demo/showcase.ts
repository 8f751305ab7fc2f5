import type { InferenceMode } from '../../spec/policy.ts'

export interface ShowcaseRequest {
  /** What it shows, for a person. */
  readonly shows: string
  readonly prompt: string
  readonly mode?: InferenceMode
}

/** Three requests that show the bundled pair at its best; they stand in models/examples.jsonl. */
export const showcase: readonly ShowcaseRequest[] = [
  { shows: 'the edge is sure and answers itself', prompt: 'Intent: what time is it in tokyo' },
  { shows: 'the edge is not sure and passes it on', prompt: 'Question: What is asthma?' },
  { shows: 'a header keeps the same request at the edge', prompt: 'Question: What is asthma?', mode: 'only-edge' },
]

/** A prompt with a longer answer, to cut the link in the middle of. */
export const failoverPrompt = 'Question: What is asthma?'
