import { stringFormats } from '../../../src/engines/grammar/string-formats.ts'

type Schema = Readonly<Record<string, unknown>> | boolean

/** What is wrong with a JSON value under a schema, undefined when nothing is: JSON Schema as the specification has it, written without a look at the grammar. */
export function fault(value: unknown, schema: Schema, root: Schema = schema): string | undefined {
  if (typeof schema === 'boolean') return schema ? undefined : 'false allows nothing'
  if (typeof schema.$ref === 'string') {
    const wrong = fault(value, resolve(root, schema.$ref), root)
    if (wrong !== undefined) return wrong
  }
  return generalFault(value, schema) ?? combinedFault(value, schema, root) ?? typedFault(value, schema, root)
}

function resolve(root: Schema, reference: string): Schema {
  let value: unknown = root
  for (const segment of decodeURIComponent(reference.slice(1)).split('/').slice(1)) {
    value = (value as Record<string, unknown>)[segment.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return value as Schema
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function generalFault(
  value: unknown,
  { type, const: only, enum: values, ...schema }: Record<string, unknown>,
): string | undefined {
  const types = type === undefined ? undefined : [type].flat()
  const isTyped = types?.some((name) => (name === 'integer' ? Number.isInteger(value) : name === typeOf(value)))
  if (isTyped === false) return `${typeOf(value)} is not ${types}`
  if ('const' in schema || only !== undefined) if (!same(value, only)) return 'not the const'
  if (Array.isArray(values) && !values.some((one) => same(one, value))) return 'not in the enum'
  return undefined
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

function combinedFault(value: unknown, schema: Record<string, unknown>, root: Schema): string | undefined {
  const passing = (list: unknown) => (list as Schema[]).filter((one) => fault(value, one, root) === undefined).length
  if (schema.anyOf !== undefined && passing(schema.anyOf) === 0) return 'no branch of anyOf'
  if (schema.oneOf !== undefined && passing(schema.oneOf) !== 1) return `${passing(schema.oneOf)} branches of oneOf`
  if (schema.allOf !== undefined && passing(schema.allOf) !== (schema.allOf as Schema[]).length) return 'not allOf'
  return undefined
}

function typedFault(value: unknown, schema: Record<string, unknown>, root: Schema): string | undefined {
  if (typeof value === 'string') return stringFault(value, schema)
  if (typeof value === 'number') return numberFault(value, schema)
  if (Array.isArray(value)) return arrayFault(value, schema, root)
  if (typeof value === 'object' && value !== null) return objectFault(value, schema, root)
  return undefined
}

function stringFault(
  value: string,
  { minLength, maxLength, pattern, format }: Record<string, unknown>,
): string | undefined {
  const length = [...value].length
  if (minLength !== undefined && length < Number(minLength)) return `${length} characters are too few`
  if (maxLength !== undefined && length > Number(maxLength)) return `${length} characters are too many`
  if (pattern !== undefined && !new RegExp(String(pattern), 'u').test(value)) return `no match of ${pattern}`
  if (format !== undefined && !new RegExp(stringFormats.get(String(format)) ?? '$^', 'u').test(value))
    return `no ${format}`
  return undefined
}

function numberFault(value: number, schema: Record<string, unknown>): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<string, number | undefined>
  if (minimum !== undefined && value < minimum) return `${value} < ${minimum}`
  if (maximum !== undefined && value > maximum) return `${value} > ${maximum}`
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `${value} <= ${exclusiveMinimum}`
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `${value} >= ${exclusiveMaximum}`
  return undefined
}

function arrayFault(value: readonly unknown[], schema: Record<string, unknown>, root: Schema): string | undefined {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, prefixItems = [], items = true } = schema
  if (value.length < Number(minItems) || value.length > Number(maxItems)) return `${value.length} items`
  const prefix = prefixItems as readonly Schema[]
  return first(value.map((item, index) => fault(item, prefix[index] ?? (items as Schema), root)))
}

function objectFault(value: object, schema: Record<string, unknown>, root: Schema): string | undefined {
  const { properties = {}, required = [], additionalProperties = true } = schema
  const missing = (required as readonly string[]).find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${missing} is missing`
  const named = properties as Record<string, Schema>
  return first(
    Object.entries(value).map(([name, one]) =>
      fault(one, Object.hasOwn(named, name) ? (named[name] as Schema) : (additionalProperties as Schema), root),
    ),
  )
}

function first(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((one) => one !== undefined)
}
