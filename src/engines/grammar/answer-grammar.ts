import { EdgewiseError } from '../../spec/errors.ts'
import type { InferenceRequest, ResponseFormat, Tool } from '../../spec/request.ts'
import {
  beforeArguments,
  beforeName,
  behindArguments,
  toolCallEnd,
  toolCallStart,
} from '../tokenizer/tool-call-text.ts'
import { choice, type Grammar, jsonText, nothing, repeated, sequence, text } from './grammar.ts'
import { jsonObject, leadingSpace } from './json-grammar.ts'
import { schemaGrammar } from './schema-grammar.ts'
import { requireBoundedSchema } from './schema-limits.ts'

/** Most calls in one answer. */
const mostCalls = 16

/** What an answer to a request may be. */
export interface AnswerGrammar {
  /** The same for requests that ask for the same. */
  readonly key: string
  /** Field of the request that asks for it. */
  readonly param: string
  make(): Grammar
}

/** The tools that the model may call in its answer to a request. */
export function offeredTools({
  tools = [],
  toolChoice,
}: Pick<InferenceRequest, 'tools' | 'toolChoice'>): readonly Tool[] {
  return toolChoice === 'none' ? [] : tools
}

/**
 * Throws `unsupported-field` for a schema in a request that is larger or deeper than what is compiled. To be asked before the request is copied or
 * written anywhere: neither can be done to one that is very deep.
 */
export function requireBoundedSchemas(request: InferenceRequest): void {
  const { responseFormat } = request
  for (const [index, { parameters }] of offeredTools(request).entries())
    requireBoundedSchema(parameters, parametersOf(index))
  if (responseFormat?.type === 'json_schema') requireBoundedSchema(responseFormat.schema, formatSchema)
}

/**
 * What `response_format`, `tools` and `tool_choice` of a request demand; undefined when its answer may be any text. Throws `invalid-request` for a
 * tool choice that names no tool; `make` throws as `schemaGrammar` does.
 */
export function answerGrammar(request: InferenceRequest): AnswerGrammar | undefined {
  const { responseFormat = { type: 'text' }, toolChoice = 'auto', parallelToolCalls = true } = request
  const tools = offeredTools(request)
  requireBoundedSchemas(request)
  const key = JSON.stringify([
    tools.map(({ name, parameters }) => [name, parameters]),
    toolChoice,
    parallelToolCalls,
    responseFormat,
  ])
  if (tools.length === 0) {
    if (responseFormat.type === 'text') return undefined
    return { key, param: 'response_format', make: () => sequence(leadingSpace, formatGrammar(responseFormat)) }
  }
  const callable = chosenTools(tools, toolChoice)
  const most = parallelToolCalls && typeof toolChoice === 'string' ? mostCalls : 1
  return {
    key,
    param: 'tools',
    make() {
      const calls = callsGrammar(callable, most)
      if (toolChoice !== 'auto') return sequence(leadingSpace, toolCallStart, calls)
      if (responseFormat.type === 'text') return { kind: 'free', marker: toolCallStart, behind: calls }
      return sequence(leadingSpace, choice([formatGrammar(responseFormat), sequence(toolCallStart, calls)]))
    },
  }
}

function chosenTools(
  tools: readonly Tool[],
  toolChoice: NonNullable<InferenceRequest['toolChoice']>,
): readonly { readonly tool: Tool; readonly index: number }[] {
  const all = tools.map((tool, index) => ({ tool, index }))
  if (typeof toolChoice === 'string') return all
  const named = all.filter(({ tool }) => tool.name === toolChoice.name)
  if (named.length > 0) return named
  throw new EdgewiseError('invalid-request', 'tool_choice names a tool that is not among the tools', {
    param: 'tool_choice',
  })
}

/** Calls of these tools, from behind the start of the first one on. */
function callsGrammar(tools: ReturnType<typeof chosenTools>, most: number): Grammar {
  const call: Grammar = sequence(
    beforeName,
    choice(
      tools.map(({ tool, index }) => sequence(jsonText(tool.name), beforeArguments, argumentsGrammar(tool, index))),
    ),
    `${behindArguments}${toolCallEnd}`,
  )
  const shared: Grammar = { kind: 'rule', rule: { name: 'a call', body: call } }
  return sequence(shared, repeated(sequence(`\n${toolCallStart}`, shared), 0, most - 1))
}

const formatSchema = 'response_format.json_schema.schema'

function parametersOf(index: number): string {
  return `tools[${index}].function.parameters`
}

/** As for OpenAI, a tool without parameters takes none. */
function argumentsGrammar({ parameters }: Tool, index: number): Grammar {
  if (parameters === undefined) return text('{}')
  return schemaGrammar(parameters, parametersOf(index))
}

function formatGrammar(format: ResponseFormat): Grammar {
  switch (format.type) {
    case 'text':
      return nothing
    case 'json_object':
      return jsonObject
    case 'json_schema':
      return schemaGrammar(format.schema, formatSchema)
    default:
      return format satisfies never
  }
}
