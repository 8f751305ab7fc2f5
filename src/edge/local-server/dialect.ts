import type { Capability } from '../../spec/request.ts'
import type { AskServer } from './ask-server.ts'
import { llamaServer } from './dialects/llama-server.ts'
import { lmStudio } from './dialects/lm-studio.ts'
import { ollama } from './dialects/ollama.ts'
import { plainServer } from './dialects/plain-server.ts'
import type { ServerKind } from './settings.ts'

/** What a server tells of one of its models. */
export interface ModelFacts {
  readonly capabilities: readonly Capability[]
  /** Prompt and answer together; absent when the server does not tell what it has set aside. */
  readonly contextTokens?: number
  /** Where the server would send requests on to; absent when it answers itself. */
  readonly relaysTo?: string
}

/** Fields that a request may ask for and this server would pass over in silence. */
export type IgnoredField =
  | 'logit_bias'
  | 'top_k'
  | 'min_p'
  | 'repetition_penalty'
  | 'tool_choice'
  | 'parallel_tool_calls'

/** What a kind of server says of itself, and how. */
export interface ServerDialect {
  readonly kind: ServerKind
  /** For people. */
  readonly name: string
  /** Where it usually listens. */
  readonly usualPort?: number
  readonly ignores: readonly IgnoredField[]
  /** True when the server speaks this dialect. */
  speaks(ask: AskServer): Promise<boolean>
  describe(ask: AskServer, model: string): Promise<ModelFacts>
  /** True when the server takes `wanted` for the model that it lists as `listed`. */
  isSameModel(listed: string, wanted: string): boolean
}

/** All dialects, the one that any server speaks last. */
export const dialects: readonly ServerDialect[] = [ollama, lmStudio, llamaServer, plainServer]
