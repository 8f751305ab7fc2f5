import { z } from 'zod'

/** What a bare llama process is started with, as JSON in its first argument. */
export const llamaBareOptions = z.object({
  /** The .gguf file. */
  path: z.string(),
  /** URL of node-llama-cpp's entry. */
  library: z.string(),
  threads: z.int(),
  contextTokens: z.int(),
})
export type LlamaBareOptions = z.infer<typeof llamaBareOptions>
