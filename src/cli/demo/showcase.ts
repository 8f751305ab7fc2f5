import type { InferenceMode } from '../../spec/policy.ts'

export interface ShowcaseRequest {
  /** What it shows, for a person. */
  readonly shows: string
  readonly prompt: string
  readonly mode?: InferenceMode
}

/** Three requests that show the bundled pair at its best; their prompts stand in models/examples.jsonl. */
export const showcase: readonly ShowcaseRequest[] = [
  { shows: 'the edge is sure, and answers', prompt: 'Slots: Tell me the weather forecast for Gibsland' },
  { shows: 'the edge is not sure, and the hub answers', prompt: 'Work order: clean grass out of radiator' },
  {
    shows: 'the same kept at the edge by a header: worse, but nothing leaves',
    prompt: 'Work order: clean grass out of radiator',
    mode: 'only-edge',
  },
]

/** A prompt with a long answer, to cut the link in the middle of. */
export const failoverPrompt = "Question: What is Huntington's Disease?"
