import { z } from 'zod'

/** A JSON object that is passed on as it is, by reference: a JSON Schema, metadata. */
export const jsonObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
)

/** Any number without a fraction; seeds may be larger than what a double counts exactly. */
export const wholeNumber = z.number().refine(Number.isInteger, 'must be a whole number')

/** A list that is read up to its first bad entry only: a complaint about each of millions would fill the memory. */
export function list<T extends z.ZodType>(entry: T, { least = 0, most = Number.POSITIVE_INFINITY } = {}) {
  const counted = z.array(z.unknown()).min(least).max(most)
  return counted.transform((values, { issues }): z.output<T>[] => {
    const read: z.output<T>[] = []
    for (const [index, value] of values.entries()) {
      const parsed = entry.safeParse(value)
      if (parsed.success) read.push(parsed.data)
      else {
        for (const issue of parsed.error.issues) {
          issues.push({ ...issue, input: value, path: [index, ...issue.path] } as z.core.$ZodRawIssue)
        }
        return z.NEVER
      }
    }
    return read
  })
}

export const toolName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must have 1 to 64 characters of a-z, A-Z, 0-9, underscore and dash')

const textPart = z.object({ type: z.literal('text'), text: z.string() })

const contentPart = z.discriminatedUnion('type', [
  textPart,
  z.object({
    type: z.literal('image_url'),
    image_url: z.object({
      url: z.string().regex(/^(data:image\/|https?:\/\/)/i, 'must start with https:// or data:image/'),
      detail: z.string().nullish(),
    }),
  }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
  // Known to OpenAI's API, refused by the parser with its own code.
  z.object({ type: z.enum(['input_audio', 'file']) }),
])
export type WireContentPart = z.infer<typeof contentPart>

const content = z.union([z.string(), list(contentPart, { least: 1 })])
export type WireContent = z.infer<typeof content>

const toolCall = z.discriminatedUnion('type', [
  z.object({
    id: z.string().min(1),
    type: z.literal('function'),
    function: z.object({ name: z.string().min(1), arguments: z.string() }),
  }),
  z.object({ type: z.literal('custom') }),
])

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer', 'user']), content, name: z.string().nullish() }),
  z.object({
    role: z.literal('assistant'),
    content: content.nullish(),
    refusal: z.string().nullish(),
    name: z.string().nullish(),
    tool_calls: list(toolCall).nullish(),
    function_call: z.unknown().optional(),
    audio: z.unknown().optional(),
  }),
  z.object({ role: z.literal('tool'), content, tool_call_id: z.string().min(1) }),
  z.object({ role: z.literal('function') }),
])
export type WireMessage = z.infer<typeof message>

const tool = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('function'),
    function: z.object({
      name: toolName,
      description: z.string().nullish(),
      parameters: jsonObject.nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
  z.object({ type: z.literal('custom') }),
])
export type WireTool = z.infer<typeof tool>

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('function'), function: z.object({ name: toolName }) }),
    z.object({ type: z.enum(['allowed_tools', 'custom']) }),
  ]),
])
export type WireToolChoice = z.infer<typeof toolChoice>

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['text', 'json_object']) }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({ name: toolName, schema: jsonObject.nullish(), strict: z.boolean().nullish() }),
  }),
])
export type WireResponseFormat = z.infer<typeof responseFormat>

/** Body of `POST /v1/chat/completions`: every field that has a meaning here. Others are dropped and named to the caller. */
export const chatSchema = z.object({
  // It is repeated in every chunk of a stream.
  model: z.string().min(1).max(256),
  messages: list(message, { least: 1 }),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  // Extension of vLLM, llama-server and others; they write "all" as 0 or -1.
  top_k: z.int().min(-1).nullish(),
  // Of vLLM, llama-server and others, as the next two; llama-server says repeat_penalty.
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().min(0.01).max(100).nullish(),
  repeat_penalty: z.number().min(0.01).max(100).nullish(),
  logit_bias: jsonObject.nullish(),
  seed: wholeNumber.nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  stop: z.union([z.string().min(1), list(z.string().min(1), { most: 4 })]).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: list(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  response_format: responseFormat.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  // vLLM's words for "go on with the last assistant message"; hub and edge use them between themselves.
  continue_final_message: z.boolean().nullish(),
  add_generation_prompt: z.boolean().nullish(),
  n: z.int().min(1).max(128).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  store: z.boolean().nullish(),
  user: z.string().nullish(),
  metadata: jsonObject.nullish(),
})
export type WireChat = z.infer<typeof chatSchema>
