import { z } from 'zod'
import { jsonObject, list, toolName } from './chat-schema.ts'

const contentPart = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['input_text', 'output_text', 'text']), text: z.string() }),
  z.object({
    type: z.literal('input_image'),
    image_url: z
      .string()
      .regex(/^(data:image\/|https?:\/\/)/i, 'must start with https:// or data:image/')
      .nullish(),
    file_id: z.string().nullish(),
    detail: z.string().max(32).nullish(),
  }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
  // Known to OpenAI's API, refused by the parser with its own code.
  z.object({ type: z.enum(['input_file', 'input_audio', 'computer_screenshot']) }),
])
export type WirePart = z.infer<typeof contentPart>

const content = z.union([z.string(), list(contentPart)])
export type WireItemContent = z.infer<typeof content>

const itemId = z.string().min(1).max(128).nullish()

const item = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id: itemId,
    role: z.enum(['user', 'assistant', 'system', 'developer']),
    content,
  }),
  z.object({
    type: z.literal('function_call'),
    id: itemId,
    call_id: z.string().min(1),
    name: z.string().min(1),
    arguments: z.string(),
  }),
  z.object({ type: z.literal('function_call_output'), id: itemId, call_id: z.string().min(1), output: content }),
  z.object({ type: z.literal('item_reference'), id: z.string().min(1).max(128) }),
  z.object({ type: z.literal('reasoning') }),
  // Traces of tools that OpenAI runs itself, refused by the parser with its own code.
  z.object({
    type: z.enum([
      'file_search_call',
      'web_search_call',
      'computer_call',
      'computer_call_output',
      'image_generation_call',
      'code_interpreter_call',
      'local_shell_call',
      'local_shell_call_output',
      'shell_call',
      'shell_call_output',
      'apply_patch_call',
      'apply_patch_call_output',
      'mcp_list_tools',
      'mcp_approval_request',
      'mcp_approval_response',
      'mcp_call',
      'custom_tool_call',
      'custom_tool_call_output',
      'compaction',
    ]),
  }),
])
export type WireItem = z.infer<typeof item>

/** Callers may leave out the type of a message and of a reference. */
const looseItem = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null || ('type' in value && value.type !== null)) return value
  if ('role' in value) return { ...value, type: 'message' }
  return 'id' in value ? { ...value, type: 'item_reference' } : value
}, item)

const tool = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('function'),
    name: toolName,
    description: z.string().nullish(),
    parameters: jsonObject.nullish(),
    strict: z.boolean().nullish(),
  }),
  z.object({
    type: z.enum([
      'file_search',
      'web_search',
      'web_search_2025_08_26',
      'web_search_preview',
      'web_search_preview_2025_03_11',
      'computer',
      'computer_use_preview',
      'mcp',
      'code_interpreter',
      'image_generation',
      'local_shell',
      'shell',
      'apply_patch',
      'tool_search',
      'namespace',
      'custom',
    ]),
  }),
])
export type WireResponseTool = z.infer<typeof tool>

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('function'), name: toolName }),
    z.object({
      type: z.enum([
        'allowed_tools',
        'custom',
        'mcp',
        'file_search',
        'web_search_preview',
        'web_search_preview_2025_03_11',
        'computer',
        'computer_use',
        'computer_use_preview',
        'code_interpreter',
        'image_generation',
        'shell',
        'apply_patch',
      ]),
    }),
  ]),
])

const textFormat = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['text', 'json_object']) }),
  z.object({
    type: z.literal('json_schema'),
    name: toolName,
    description: z.string().nullish(),
    schema: jsonObject,
    strict: z.boolean().nullish(),
  }),
])
export type WireTextFormat = z.infer<typeof textFormat>

/** At most 16 pairs, as OpenAI has it: they are stored and sent back. */
const metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'must hold at most 16 pairs')

/** Body of `POST /v1/responses`: every field that has a meaning here. */
export const responsesSchema = z.object({
  model: z.string().min(1).max(256),
  input: z.union([z.string(), list(looseItem, { least: 1 })]),
  instructions: z.string().nullish(),
  previous_response_id: z.string().min(1).max(128).nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  include: list(
    z.enum([
      'message.output_text.logprobs',
      // About things that no answer of ours holds.
      'reasoning.encrypted_content',
      'file_search_call.results',
      'web_search_call.results',
      'web_search_call.action.sources',
      'message.input_image.image_url',
      'computer_call_output.output.image_url',
      'code_interpreter_call.outputs',
    ]),
  ).nullish(),
  tools: list(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.object({ format: textFormat.nullish(), verbosity: z.enum(['low', 'medium', 'high']).nullish() }).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  metadata: metadata.nullish(),
  user: z.string().max(512).nullish(),
  safety_identifier: z.string().max(512).nullish(),
  prompt_cache_key: z.string().max(512).nullish(),
})
export type WireResponses = z.infer<typeof responsesSchema>
