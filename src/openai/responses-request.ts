import { EdgewiseError } from '../spec/errors.ts'
import type { InferenceRequest, ResponseFormat, Tool, ToolChoice } from '../spec/request.ts'
import { chatFault } from './chat-fault.ts'
import { unsupported } from './chat-fields.ts'
import { sortResponsesFields } from './responses-fields.ts'
import { readInput } from './responses-input.ts'
import type { ResponseItem } from './responses-items.ts'
import { messagesOf } from './responses-messages.ts'
import { type ResponseHead, responseHead } from './responses-object.ts'
import { responsesSchema, type WireResponses, type WireResponseTool, type WireTextFormat } from './responses-schema.ts'
import { refuseRemoteReferences } from './schema-references.ts'

/** What was said before, as far as it is kept. Both throw `not-found`, naming `param`. */
export interface ResponsesMemory {
  /** Everything up to and with that response, oldest first, and the name of its conversation. */
  history(
    responseId: string,
    param: string,
  ): Promise<{ readonly items: readonly ResponseItem[]; readonly conversation: string }>
  item(itemId: string, param: string): Promise<ResponseItem>
}

export interface ParsedResponses {
  readonly request: InferenceRequest
  readonly stream: boolean
  /** What the caller wishes; absent: as OpenAI does, it is stored. */
  readonly store: boolean | undefined
  /** What this request adds to its conversation, without its history. */
  readonly input: readonly ResponseItem[]
  /** The fields that the answer repeats. */
  readonly head: ResponseHead
  /** Fields and kinds of items that had no effect, fit for a warning header. */
  readonly ignoredFields: readonly string[]
}

export interface ParseResponsesOptions {
  readonly body: unknown
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly memory: ResponsesMemory
}

/**
 * Reads the body of `POST /v1/responses`. Null means absent. Throws `invalid-request` for a bad value, `unsupported-field` for one that cannot be
 * honoured and `not-found` for what is not kept, each with the field's path as `param` and without any content.
 */
export async function parseResponsesRequest({
  body,
  id,
  created,
  memory,
}: ParseResponsesOptions): Promise<ParsedResponses> {
  const parsed = responsesSchema.safeParse(body)
  if (!parsed.success) throw chatFault(parsed.error.issues, body)
  const wire = parsed.data
  const ignored = sortResponsesFields(body as object)
  const tools = (wire.tools ?? []).map(readTool)
  const toolChoice = readToolChoice(wire, tools)
  const responseFormat = readFormat(wire.text?.format ?? undefined)
  const { items, dropped } = await readInput(wire.input, id, memory.item)
  const previous = wire.previous_response_id ?? undefined
  const history = previous === undefined ? undefined : await memory.history(previous, 'previous_response_id')
  const verbosity = wire.text?.verbosity ?? 'medium'
  const instructions = wire.instructions?.toWellFormed()
  return {
    request: {
      id,
      model: wire.model,
      messages: [
        ...(instructions === undefined ? [] : [{ role: 'system' as const, content: instructions }]),
        ...messagesOf([...(history?.items ?? []), ...items]),
      ],
      sampling: { temperature: wire.temperature ?? 1, topP: wire.top_p ?? 1, topK: 0 },
      stop: [],
      ...(wire.max_output_tokens == null ? {} : { maxTokens: wire.max_output_tokens }),
      ...readLogprobs(wire),
      ...(tools.length === 0 ? {} : { tools }),
      ...(tools.length === 0 || toolChoice === undefined ? {} : { toolChoice }),
      ...(tools.length > 0 && wire.parallel_tool_calls === false ? { parallelToolCalls: false } : {}),
      ...(responseFormat === undefined ? {} : { responseFormat }),
      ...(history === undefined ? {} : { conversation: history.conversation }),
    },
    stream: wire.stream ?? false,
    store: wire.store ?? undefined,
    input: items,
    head: responseHead({ wire, id, created, tools }),
    ignoredFields: [...ignored, ...dropped, ...(verbosity === 'medium' ? [] : ['text.verbosity'])],
  }
}

function readLogprobs({ include, top_logprobs: top }: WireResponses): Pick<InferenceRequest, 'topLogprobs'> {
  const isAsked = (include ?? []).includes('message.output_text.logprobs')
  return isAsked || (top ?? 0) > 0 ? { topLogprobs: top ?? 0 } : {}
}

function readTool(tool: WireResponseTool, index: number): Tool {
  if (tool.type !== 'function') {
    const message = `the tool ${tool.type} does not exist here; only tools of type function, which the caller runs, do`
    throw unsupported(`tools.${index}.type`, message)
  }
  const { name, description, parameters, strict } = tool
  refuseRemoteReferences(parameters, 'tools')
  return {
    name,
    ...(description == null ? {} : { description }),
    ...(parameters == null ? {} : { parameters }),
    ...(strict == null ? {} : { strict }),
  }
}

function readToolChoice({ tool_choice: choice }: WireResponses, tools: readonly Tool[]): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined
  if (choice === 'required' && tools.length === 0) {
    throw new EdgewiseError('invalid-request', 'tool_choice is required, but there are no tools', {
      param: 'tool_choice',
    })
  }
  if (typeof choice === 'string') return choice
  if (choice.type !== 'function') {
    throw unsupported('tool_choice.type', `tool_choice of type ${choice.type} is not supported; name one function`)
  }
  if (tools.some(({ name }) => name === choice.name)) return { name: choice.name }
  const param = 'tool_choice.name'
  throw new EdgewiseError('invalid-request', `${param} names no tool of this request`, { param })
}

function readFormat(format: WireTextFormat | undefined): ResponseFormat | undefined {
  if (format === undefined || format.type !== 'json_schema') return format
  const { name, schema, strict } = format
  refuseRemoteReferences(schema, 'text.format.schema')
  return { type: 'json_schema', name, schema, ...(strict == null ? {} : { strict }) }
}
