import { EdgewiseError } from '../../spec/errors.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { IgnoredField, ServerDialect } from './dialect.ts'

const isAsked: Readonly<Record<IgnoredField, (request: InferenceRequest) => boolean>> = {
  logit_bias: ({ sampling }) => sampling.logitBias !== undefined,
  top_k: ({ sampling }) => sampling.topK > 0,
  min_p: ({ sampling }) => sampling.minP !== undefined,
  repetition_penalty: ({ sampling }) => sampling.repetitionPenalty !== undefined,
  tool_choice: ({ toolChoice }) => toolChoice === 'required' || typeof toolChoice === 'object',
  parallel_tool_calls: ({ tools = [], parallelToolCalls }) => tools.length > 0 && parallelToolCalls === false,
}

/** Throws `unsupported-field` for the first field that the server would pass over in silence. */
export function refuseIgnored({ name, ignores }: ServerDialect, request: InferenceRequest): void {
  const param = ignores.find((field) => isAsked[field](request))
  if (param === undefined) return
  throw new EdgewiseError('unsupported-field', `${name} pays no heed to ${param}; leave it out`, { param })
}

/** The request without its tools when they must not be used: not every server obeys `tool_choice: none`. */
export function withoutUnusedTools({ tools, toolChoice, ...request }: InferenceRequest): InferenceRequest {
  if (toolChoice === 'none') return request
  return { ...request, ...(tools === undefined ? {} : { tools }), ...(toolChoice === undefined ? {} : { toolChoice }) }
}
