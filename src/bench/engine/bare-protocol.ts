import { z } from 'zod'

/** What a bare process is started with, as JSON in its first argument. */
export const bareOptions = z.object({
  /** File of the graph. */
  graph: z.string(),
  /** Where its weights lie. */
  folder: z.string(),
  /** `plain`: as exported; `delta`: as Edgewise rewrites it. */
  kvCache: z.enum(['plain', 'delta']),
  threads: z.int(),
  kvHeads: z.int(),
  headDim: z.int(),
})
export type BareOptions = z.infer<typeof bareOptions>

/** Asks for an answer. */
export const bareQuestion = z.object({ prompt: z.array(z.int()), tokens: z.int() })
export type BareQuestion = z.infer<typeof bareQuestion>

/** The answer, timed inside the process. */
export const bareAnswer = z.object({
  firstTokenMs: z.number(),
  decodeMs: z.number(),
  ids: z.array(z.int()),
  rssMiB: z.number(),
})
export type BareAnswer = z.infer<typeof bareAnswer>
