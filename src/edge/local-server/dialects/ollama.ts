import { z } from 'zod'
import type { Capability } from '../../../spec/request.ts'
import type { ServerDialect } from '../dialect.ts'

const version = z.object({ version: z.string() })

const shown = z.looseObject({
  capabilities: z.array(z.string()).optional(),
  /** Settings of the model, one a line: `num_ctx 8192`. */
  parameters: z.string().optional(),
  remote_host: z.string().optional(),
  remote_model: z.string().optional(),
})

/** Ollama's words for what we know. JSON by grammar and raw prompts work with every model. */
const words: Readonly<Record<string, Capability>> = { tools: 'tools', vision: 'vision', embedding: 'embeddings' }

/** Ollama, by its own API beside /v1. Its tool_choice and a few sampling fields are accepted there and have no effect. */
export const ollama: ServerDialect = {
  kind: 'ollama',
  name: 'Ollama',
  usualPort: 11_434,
  ignores: ['logit_bias', 'top_k', 'min_p', 'repetition_penalty', 'tool_choice', 'parallel_tool_calls'],
  speaks: async (ask) => version.safeParse(await ask('/api/version')).success,
  async describe(ask, model) {
    const { capabilities, parameters, remote_host, remote_model } = shown.parse(
      (await ask('/api/show', { model })) ?? {},
    )
    const told = (capabilities ?? []).flatMap((word) => words[word] ?? [])
    // Without num_ctx the length depends on the server's memory and environment, which it does not tell.
    const contextTokens = /^num_ctx\s+(\d+)/m.exec(parameters ?? '')?.[1]
    const isRelayed = remote_host !== undefined || remote_model !== undefined || /[:-]cloud$/.test(model)
    return {
      capabilities: told.includes('embeddings') ? told : ['json', 'completions', ...told],
      ...(contextTokens === undefined ? {} : { contextTokens: Number(contextTokens) }),
      ...(isRelayed ? { relaysTo: remote_host ?? "Ollama's cloud" } : {}),
    }
  },
  isSameModel: (listed, wanted) => listed === wanted || listed === `${wanted}:latest`,
}
