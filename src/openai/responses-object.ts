import type { Tool } from '../spec/request.ts'
import type { Usage } from '../spec/stream-part.ts'
import { type EdgewiseField, usageField } from './answer-fields.ts'
import type { OutputItem } from './responses-items.ts'
import type { WireResponses } from './responses-schema.ts'

/** The fields of a response that repeat its request. */
export interface ResponseHead {
  readonly id: string
  readonly object: 'response'
  readonly created_at: number
  readonly model: string
  readonly instructions: string | null
  readonly previous_response_id: string | null
  readonly background: boolean
  readonly store: boolean
  readonly temperature: number
  readonly top_p: number
  readonly top_logprobs: number
  readonly max_output_tokens: number | null
  readonly parallel_tool_calls: boolean
  readonly tool_choice: unknown
  readonly tools: readonly object[]
  readonly text: { readonly format: object; readonly verbosity?: string }
  readonly truncation: 'disabled'
  readonly metadata: Readonly<Record<string, string>>
  readonly [named: string]: unknown
}

/** `queued` and `cancelled` are of background responses alone. */
export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled'

/** What became of a request so far. */
export interface ResponseState {
  readonly status: ResponseStatus
  readonly output: readonly OutputItem[]
  readonly usage: Usage | undefined
  readonly incomplete?: 'max_output_tokens' | 'content_filter'
  readonly error?: { readonly code: string; readonly message: string }
  readonly place: EdgewiseField | undefined
}

/** OpenAI's response object, with the place of its answer added. */
export type ResponseBody = ResponseHead & {
  readonly status: ResponseStatus
  readonly output: readonly OutputItem[]
  readonly edgewise?: EdgewiseField
}

interface ResponseHeadOptions {
  readonly wire: WireResponses
  readonly id: string
  readonly created: number
  readonly tools: readonly Tool[]
}

/** What an answer repeats of its request, with OpenAI's defaults filled in. */
export function responseHead({ wire, id, created, tools }: ResponseHeadOptions): ResponseHead {
  const { format, verbosity } = wire.text ?? {}
  return {
    id,
    object: 'response',
    created_at: created,
    model: wire.model,
    instructions: wire.instructions ?? null,
    previous_response_id: wire.previous_response_id ?? null,
    background: wire.background ?? false,
    store: wire.store ?? true,
    temperature: wire.temperature ?? 1,
    top_p: wire.top_p ?? 1,
    top_logprobs: wire.top_logprobs ?? 0,
    max_output_tokens: wire.max_output_tokens ?? null,
    parallel_tool_calls: wire.parallel_tool_calls ?? true,
    tool_choice: wire.tool_choice ?? 'auto',
    tools: tools.map(toolField),
    text: { format: format ?? { type: 'text' }, ...(verbosity == null ? {} : { verbosity }) },
    truncation: 'disabled',
    metadata: wire.metadata ?? {},
    ...(wire.user == null ? {} : { user: wire.user }),
    ...(wire.safety_identifier == null ? {} : { safety_identifier: wire.safety_identifier }),
    ...(wire.prompt_cache_key == null ? {} : { prompt_cache_key: wire.prompt_cache_key }),
  }
}

/** The response object of this moment. */
export function responseBody(head: ResponseHead, state: ResponseState): ResponseBody {
  const { status, output, usage, incomplete, error, place } = state
  return {
    ...head,
    status,
    error: error ?? null,
    incomplete_details: incomplete === undefined ? null : { reason: incomplete },
    output,
    ...(usage === undefined ? {} : { usage: responseUsage(usage) }),
    ...(place === undefined ? {} : { edgewise: place }),
  }
}

function toolField({ name, description, parameters, strict }: Tool): object {
  const said = description === undefined ? {} : { description }
  return { type: 'function', name, ...said, parameters: parameters ?? null, strict: strict ?? null }
}

/** Token counts as this API names them. */
function responseUsage(usage: Usage): object {
  const { promptTokens, completionTokens, cachedTokens = 0 } = usage
  const { cost, currency } = usageField(usage)
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
    ...(cost === undefined ? {} : { cost, currency }),
  }
}
