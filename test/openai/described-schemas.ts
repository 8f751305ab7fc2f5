import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const data = process.env.EDGEWISE_DATA ?? join(import.meta.dirname, '../../../shared/data')
const path = join(data, 'openai-openapi', 'openapi.json')

/** True when OpenAI's description of its API lies beside the checkout, or where EDGEWISE_DATA says. */
export const isDescribed = existsSync(path)

type Json = Readonly<Record<string, unknown>>

let described: Json | undefined
const known = new Map<string, z.ZodType>()

/** One schema of the description with all it refers to, as plain JSON Schema: `nullable` is of an older OpenAPI. */
export function describedSchema(name: string): z.ZodType {
  described ??= JSON.parse(readFileSync(path, 'utf8')).components.schemas as Json
  const schemas = described
  const needed: Record<string, unknown> = {}
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert)
    if (typeof value !== 'object' || value === null) return value
    const { nullable, discriminator: _, ...rest } = value as Json
    const entries = Object.entries(rest).map(([key, inner]) => [
      key,
      key === '$ref' ? refer(String(inner)) : convert(inner),
    ])
    const schema = Object.fromEntries(entries)
    return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema
  }
  const refer = (ref: string): string => {
    const target = ref.replace('#/components/schemas/', '')
    if (!(target in needed)) {
      needed[target] = {}
      needed[target] = convert(schemas[target])
    }
    return `#/$defs/${target}`
  }
  const schema =
    known.get(name) ?? z.fromJSONSchema({ $ref: refer(`#/components/schemas/${name}`), $defs: needed } as never)
  known.set(name, schema)
  return schema
}

/** Names of the schemas of the events that this API streams, by their `type`. */
export const describedEvents: Readonly<Record<string, string>> = {
  'response.created': 'ResponseCreatedEvent',
  'response.queued': 'ResponseQueuedEvent',
  'response.in_progress': 'ResponseInProgressEvent',
  'response.output_item.added': 'ResponseOutputItemAddedEvent',
  'response.content_part.added': 'ResponseContentPartAddedEvent',
  'response.output_text.delta': 'ResponseTextDeltaEvent',
  'response.output_text.done': 'ResponseTextDoneEvent',
  'response.content_part.done': 'ResponseContentPartDoneEvent',
  'response.function_call_arguments.delta': 'ResponseFunctionCallArgumentsDeltaEvent',
  'response.function_call_arguments.done': 'ResponseFunctionCallArgumentsDoneEvent',
  'response.output_item.done': 'ResponseOutputItemDoneEvent',
  'response.completed': 'ResponseCompletedEvent',
  'response.incomplete': 'ResponseIncompleteEvent',
  'response.failed': 'ResponseFailedEvent',
  error: 'ResponseErrorEvent',
}
