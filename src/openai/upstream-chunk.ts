import { z } from 'zod'

/** As lenient as the servers are careless: whatever is of no use or of the wrong kind reads as absent. */
const text = z.string().nullish().catch(null)

const toolCallChunk = z.object({
  index: z.number().nullish().catch(null),
  id: text,
  function: z.object({ name: text, arguments: z.unknown() }).partial().nullish().catch(null),
})
export type ToolCallChunk = z.infer<typeof toolCallChunk>

const delta = z.object({
  // A list of parts from Mistral's reasoning models, a string from everyone else.
  content: z
    .union([z.string(), z.array(z.object({ type: text, text }))])
    .nullish()
    .catch(null),
  refusal: text,
  reasoning_content: text,
  reasoning: text,
  tool_calls: z.array(toolCallChunk).nullish().catch(null),
})

const tokenLogprob = z.object({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.number()).nullish().catch(null),
})

const choice = z.object({
  index: z.number().nullish().catch(null),
  delta: delta.nullish(),
  message: delta.nullish(),
  // Of /completions, which has neither.
  text,
  finish_reason: text,
  logprobs: z
    .object({
      content: z.array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob).nullish().catch(null) })).nullish(),
      // The older shape, of /completions.
      tokens: z.array(z.string()).nullish().catch(null),
      token_logprobs: z.array(z.number().nullable()).nullish().catch(null),
      top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish().catch(null),
    })
    .nullish()
    .catch(null),
})

/** Some servers say -1 for what they did not count. */
const count = z.int().min(0)
/** Token counts of any answer. */
export const usage = z
  .object({
    prompt_tokens: count,
    completion_tokens: count.nullish(),
    prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish().catch(null),
    cost: z.number().min(0).max(1_000_000_000).nullish().catch(null),
    currency: z.string().max(16).nullish().catch(null),
  })
  .nullish()
  .catch(null)

/** A chunk of a stream, or a whole answer: the same fields, with `message` in place of `delta`. */
export const upstreamChunk = z.object({
  id: text,
  choices: z.array(choice).nullish(),
  usage,
  x_groq: z.object({ usage }).nullish().catch(null),
})
export type UpstreamChunk = z.infer<typeof upstreamChunk>
export type UpstreamDelta = z.infer<typeof delta>
export type UpstreamLogprob = NonNullable<
  NonNullable<NonNullable<z.infer<typeof choice>['logprobs']>['content']>[number]
>
