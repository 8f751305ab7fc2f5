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
