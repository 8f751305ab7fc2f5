import type { InferenceMode } from '../../spec/policy.ts'

/** What `--cloud` puts in the place of the bundled cloud model. */
export interface CloudServer {
  readonly url: string
  readonly keyEnvironment?: string
  readonly model?: string
}

/** What a demo is made of. */
export interface DemoOptions {
  /** 0 takes a free one; so for `edgePort`. */
  readonly hubPort: number
  readonly edgePort: number
  /** Where the state of hub and edge is kept; absent: in a temporary folder that goes with the demo. */
  readonly keptState?: string
  /** Where other shells look for the note of this demo. */
  readonly demoFile: string
  /** Name of the link's profile. */
  readonly link: string
  readonly mode: InferenceMode
  readonly cloud?: CloudServer
  /** Folder of another local model. */
  readonly edgeModel?: string
}

/**
 * Mean token probability under which the bundled edge model's answer is passed on to the cloud: 37.5 % of the validation prompts then
 * stay at the edge and 38.2 % are right, as many as with the cloud alone; the edge alone has 36.1 %.
 * `node test/cli/demo/measure-threshold.ts ANSWERS` measured it.
 */
export const demoThreshold = 0.9
