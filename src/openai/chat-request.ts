import { EdgewiseError } from '../spec/errors.ts'
import type { InferenceRequest, Message, ResponseFormat, Tool, ToolChoice } from '../spec/request.ts'
import { chatFault } from './chat-fault.ts'
import { sortFields, unsupported } from './chat-fields.ts'
import { readMessages } from './chat-messages.ts'
import { readSampling } from './chat-sampling.ts'
import { chatSchema, type WireChat, type WireResponseFormat, type WireTool } from './chat-schema.ts'
import { refuseRemoteReferences } from './schema-references.ts'

export interface ParsedChat {
  readonly request: InferenceRequest
  readonly stream: boolean
  /** The stream ends with a chunk of token counts. */
  readonly includeUsage: boolean
  /** Top-level fields that had no effect, fit for a warning header. */
  readonly ignoredFields: readonly string[]
}

/**
 * Reads the body of `POST /v1/chat/completions`. Null means absent. Throws `invalid-request` for a bad value and `unsupported-field`
 * for one that cannot be honoured, both with the field's path as `param` and without any content.
 */
export function parseChatRequest({ body, id }: { readonly body: unknown; readonly id: string }): ParsedChat {
  const parsed = chatSchema.safeParse(body)
  if (!parsed.success) throw chatFault(parsed.error.issues, body)
  const chat = parsed.data
  return {
    ignoredFields: sortFields(body as object),
    request: {
      id,
      model: chat.model,
      ...readConversation(chat),
      sampling: readSampling(chat),
      stop: typeof chat.stop === 'string' ? [chat.stop] : (chat.stop ?? []),
      ...optional('maxTokens', readMaxTokens(chat)),
      ...optional('topLogprobs', readTopLogprobs(chat)),
      ...readTools(chat),
      ...optional('responseFormat', readResponseFormat(chat.response_format ?? undefined)),
    },
    stream: chat.stream ?? false,
    includeUsage: chat.stream_options?.include_usage ?? false,
  }
}

/** A field that is left out, not undefined, when it has no value. */
function optional<K extends string, V>(key: K, value: V | null | undefined): { readonly [P in K]?: V } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}

function invalid(param: string, message: string): EdgewiseError {
  return new EdgewiseError('invalid-request', `${param} ${message}`, { param })
}

/** The last assistant message moves to `answerSoFar` when the caller wants it continued. */
function readConversation(chat: WireChat): { readonly messages: readonly Message[]; readonly answerSoFar?: string } {
  const messages = readMessages(chat.messages)
  const goesOn = chat.continue_final_message ?? false
  if ((chat.add_generation_prompt ?? !goesOn) === goesOn) {
    throw unsupported('add_generation_prompt', 'add_generation_prompt must be the opposite of continue_final_message')
  }
  if (!goesOn) return { messages }
  const last = messages.at(-1)
  if (last?.role !== 'assistant' || last.toolCalls !== undefined) {
    throw invalid('continue_final_message', 'needs a last message of role assistant with text only')
  }
  return { messages: messages.slice(0, -1), answerSoFar: last.content }
}

function readMaxTokens(chat: WireChat): number | undefined {
  const older = chat.max_tokens ?? undefined
  const newer = chat.max_completion_tokens ?? older
  if (older !== undefined && older !== newer) throw invalid('max_tokens', 'contradicts max_completion_tokens; send one')
  return newer
}

function readTopLogprobs(chat: WireChat): number | undefined {
  if (chat.logprobs === true) return chat.top_logprobs ?? 0
  if ((chat.top_logprobs ?? 0) > 0) throw invalid('top_logprobs', 'needs logprobs: true')
  return undefined
}

function readTools(chat: WireChat): Pick<InferenceRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  const tools = (chat.tools ?? []).map(readTool)
  const toolChoice = readToolChoice(chat)
  const wanted = typeof toolChoice === 'object' ? toolChoice.name : undefined
  if (wanted !== undefined && !tools.some((tool) => tool.name === wanted)) {
    throw invalid('tool_choice.function.name', 'names no tool of this request')
  }
  if (toolChoice === 'required' && tools.length === 0)
    throw invalid('tool_choice', 'is required, but there are no tools')
  if (tools.length === 0) return {}
  return {
    tools,
    ...optional('toolChoice', toolChoice),
    ...(chat.parallel_tool_calls === false ? { parallelToolCalls: false } : {}),
  }
}

function readTool(tool: WireTool, index: number): Tool {
  if (tool.type === 'custom') throw unsupported(`tools.${index}.type`, 'custom tools are not supported; use function')
  const { name, description, parameters, strict } = tool.function
  refuseRemoteReferences(parameters, `tools.${index}.function.parameters`)
  return {
    name,
    ...optional('description', description),
    ...optional('parameters', parameters),
    ...optional('strict', strict),
  }
}

function readToolChoice({ tool_choice: choice }: WireChat): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined
  if (typeof choice === 'string') return choice
  if (choice.type === 'function') return { name: choice.function.name }
  throw unsupported('tool_choice.type', `tool_choice of type ${choice.type} is not supported; name one function`)
}

function readResponseFormat(format: WireResponseFormat | undefined): ResponseFormat | undefined {
  if (format === undefined || format.type !== 'json_schema') return format
  const { name, schema, strict } = format.json_schema
  refuseRemoteReferences(schema, 'response_format.json_schema.schema')
  return { type: 'json_schema', name, schema: schema ?? {}, ...optional('strict', strict) }
}
