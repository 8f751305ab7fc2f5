import { z } from 'zod'
import type { ServerDialect } from '../dialect.ts'

const props = z.looseObject({
  default_generation_settings: z.looseObject({ n_ctx: z.int().positive().optional() }),
  modalities: z.looseObject({ vision: z.boolean().optional() }).optional(),
  chat_template_caps: z.looseObject({ supports_tools: z.boolean().optional() }).optional(),
})

/** llama.cpp's own server. It calls the repetition penalty otherwise, and passes over ours. */
export const llamaServer: ServerDialect = {
  kind: 'llama-server',
  name: 'llama-server',
  usualPort: 8080,
  ignores: ['repetition_penalty'],
  speaks: async (ask) => props.safeParse(await ask('/props')).success,
  async describe(ask) {
    const told = props.safeParse(await ask('/props')).data
    const contextTokens = told?.default_generation_settings.n_ctx
    return {
      capabilities: [
        'json',
        'logprobs',
        'completions',
        ...(told?.chat_template_caps?.supports_tools === true ? (['tools'] as const) : []),
        ...(told?.modalities?.vision === true ? (['vision'] as const) : []),
      ],
      ...(contextTokens === undefined ? {} : { contextTokens }),
    }
  },
  isSameModel: (listed, wanted) => listed === wanted,
}
