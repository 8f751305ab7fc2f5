import { z } from 'zod'
import type { ServerDialect } from '../dialect.ts'

const listing = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      capabilities: z.array(z.string()).optional(),
      loaded_context_length: z.int().positive().optional(),
    }),
  ),
})

/** LM Studio, by its REST API beside /v1. */
export const lmStudio: ServerDialect = {
  kind: 'lm-studio',
  name: 'LM Studio',
  usualPort: 1234,
  ignores: ['min_p', 'repetition_penalty', 'tool_choice', 'parallel_tool_calls'],
  speaks: async (ask) => listing.safeParse(await ask('/api/v0/models')).success,
  async describe(ask, model) {
    const told = listing.safeParse(await ask('/api/v0/models')).data?.data.find(({ id }) => id === model)
    if (told?.type === 'embeddings') return { capabilities: ['embeddings'] }
    return {
      capabilities: [
        'json',
        'completions',
        ...(told?.capabilities?.includes('tool_use') === true ? (['tools'] as const) : []),
        ...(told?.type === 'vlm' ? (['vision'] as const) : []),
      ],
      ...(told?.loaded_context_length === undefined ? {} : { contextTokens: told.loaded_context_length }),
    }
  },
  isSameModel: (listed, wanted) => listed === wanted,
}
