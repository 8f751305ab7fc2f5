import { stringFormats } from '../../../src/engines/grammar/string-formats.ts'

type Schema = Readonly<Record<string, unknown>> | boolean

type Known = Map<Schema, Map<unknown, string | undefined>>

/** What is wrong with a JSON value under a schema, undefined when nothing is: JSON Schema as the specification has it, written without a look at the grammar. */
export function fault(
  value: unknown,
  schema: Schema,
  root: Schema = schema,
  known: Known = new Map(),
): string | undefined {
  if (typeof schema === 'boolean') return schema ? undefined : 'false allows nothing'
  const judged = known.get(schema) ?? new Map<unknown, string | undefined>()
  known.set(schema, judged)
  // A schema that many others name is judged once for each value; in a circle it decides nothing.
  if (judged.has(value)) return judged.get(value)
  judged.set(value, 'only itself says so')
  const wrong = judge(value, schema, { root, known })
  judged.set(value, wrong)
  return wrong
}

interface Context {
  readonly root: Schema
  readonly known: Known
}

function judge(value: unknown, schema: Exclude<Schema, boolean>, context: Context): string | undefined {
  if (typeof schema.$ref === 'string') {
    const wrong = faultIn(value, resolve(context.root, schema.$ref), context)
    if (wrong !== undefined) return wrong
  }
  return generalFault(value, schema) ?? combinedFault(value, schema, context) ?? typedFault(value, schema, context)
}

function faultIn(value: unknown, schema: Schema, { root, known }: Context): string | undefined {
  return fault(value, schema, root, known)
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

function combinedFault(value: unknown, schema: Record<string, unknown>, context: Context): string | undefined {
  const passing = (list: unknown) =>
    (list as Schema[]).filter((one) => faultIn(value, one, context) === undefined).length
  if (schema.anyOf !== undefined && passing(schema.anyOf) === 0) return 'no branch of anyOf'
  if (schema.oneOf !== undefined && passing(schema.oneOf) !== 1) return `${passing(schema.oneOf)} branches of oneOf`
  if (schema.allOf !== undefined && passing(schema.allOf) !== (schema.allOf as Schema[]).length) return 'not allOf'
  return undefined
}

function typedFault(value: unknown, schema: Record<string, unknown>, context: Context): string | undefined {
  if (typeof value === 'string') return stringFault(value, schema)
  if (typeof value === 'number') return numberFault(value, schema)
  if (Array.isArray(value)) return arrayFault(value, schema, context)
  if (typeof value === 'object' && value !== null) return objectFault(value, schema, context)
  return undefined
}

function stringFault(
  value: string,
  { minLength, maxLength, pattern, format }: Record<string, unknown>,
): string | undefined {
  const length = [...value].length
  if (minLength !== undefined && length < Number(minLength)) return `${length} characters are too few`
  if (maxLength !== undefined && length > Number(maxLength)) return `${length} characters are too many`
  if (pattern !== undefined && !new RegExp(tame(String(pattern)), 'u').test(value)) return `no match of ${pattern}`
  if (format !== undefined && !new RegExp(stringFormats.get(String(format)) ?? '$^', 'u').test(value))
    return `no ${format}`
  return undefined
}

/** The same language in a form that a backtracking engine decides soon. */
function tame(pattern: string): string {
  const tamed = pattern
    .replace(/^(\.\*)+z$/, 'z')
    .replace(/(\(a\|b\|ab\)\*)+/, '[ab]*')
    .replace(/^\^\(a\?\)\{(\d+)\}a\{\d+\}\$$/, '^a{$1}a*$')
    .replace(/^\^\(\\w\{1,\d+\}\).*$/, '^\\w+$')
  return tameOnes.get(tamed) ?? tamed
}

const tameOnes = new Map([
  ['^(a+)+$', '^a+$'],
  ['^(a|aa)*b$', '^a*b$'],
  ['(x+x+)+y', 'xxy'],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', '^[a-z].*[A-Z][a-z]+$'],
])

function numberFault(value: number, schema: Record<string, unknown>): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<string, number | undefined>
  if (minimum !== undefined && value < minimum) return `${value} < ${minimum}`
  if (maximum !== undefined && value > maximum) return `${value} > ${maximum}`
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `${value} <= ${exclusiveMinimum}`
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `${value} >= ${exclusiveMaximum}`
  return undefined
}

function arrayFault(value: readonly unknown[], schema: Record<string, unknown>, context: Context): string | undefined {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, prefixItems = [], items = true } = schema
  if (value.length < Number(minItems) || value.length > Number(maxItems)) return `${value.length} items`
  const prefix = prefixItems as readonly Schema[]
  return first(value.map((item, index) => faultIn(item, prefix[index] ?? (items as Schema), context)))
}

function objectFault(value: object, schema: Record<string, unknown>, context: Context): string | undefined {
  const { properties = {}, required = [], additionalProperties = true } = schema
  const missing = (required as readonly string[]).find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${missing} is missing`
  const named = properties as Record<string, Schema>
  return first(
    Object.entries(value).map(([name, one]) =>
      faultIn(one, Object.hasOwn(named, name) ? (named[name] as Schema) : (additionalProperties as Schema), context),
    ),
  )
}

function first(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((one) => one !== undefined)
}
