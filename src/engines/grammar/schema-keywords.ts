import { invalidSchema, type SchemaPlace, unsupportedSchema } from './schema-fault.ts'

/** A JSON Schema that is no boolean. */
export type SchemaNode = Readonly<Record<string, unknown>>

export const schemaTypes = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const
export type SchemaType = (typeof schemaTypes)[number]

/** Keywords that say something about a value without restricting it; `$defs` are read where a `$ref` names them. */
const annotations: ReadonlySet<string> = new Set([
  ...['$schema', '$id', 'id', '$comment', '$defs', 'definitions', 'title', 'description', 'default', 'example'],
  ...['examples', 'deprecated', 'readOnly', 'writeOnly', 'discriminator', 'contentMediaType', 'contentEncoding'],
])

/** Keywords that restrict values of one type only. */
const keywordTypes: Readonly<Record<string, SchemaType>> = {
  properties: 'object',
  required: 'object',
  additionalProperties: 'object',
  items: 'array',
  prefixItems: 'array',
  minItems: 'array',
  maxItems: 'array',
  uniqueItems: 'array',
  minLength: 'string',
  maxLength: 'string',
  pattern: 'string',
  format: 'string',
  minimum: 'number',
  maximum: 'number',
  exclusiveMinimum: 'number',
  exclusiveMaximum: 'number',
  multipleOf: 'number',
}

/** Keywords that stand for the whole value: none other may restrict it beside them, but a `type` beside `const` and `enum`. */
const wholes = ['$ref', 'const', 'enum', 'anyOf', 'oneOf', 'allOf'] as const
export type WholeKeyword = (typeof wholes)[number]

/**
 * Checks that every keyword of a schema is known, and gives the one that stands for the whole value, if any.
 * Throws `unsupported-field` at a keyword that cannot be enforced: ignoring it would give values that the schema forbids.
 */
export function wholeKeyword(node: SchemaNode, place: SchemaPlace): WholeKeyword | undefined {
  const restricting = Object.keys(node).filter((keyword) => !annotations.has(keyword) && !keyword.startsWith('x-'))
  const whole = wholes.find((keyword) => Object.hasOwn(node, keyword))
  for (const keyword of restricting) {
    const at = { ...place, pointer: `${place.pointer}/${keyword}` }
    if (keyword === whole || keyword === 'type') continue
    if (!Object.hasOwn(keywordTypes, keyword) && !wholes.some((known) => known === keyword)) {
      throw unsupportedSchema(at, 'this keyword cannot be enforced; leave it out')
    }
    if (whole !== undefined) throw unsupportedSchema(at, `it cannot be enforced beside ${whole}; leave one of them out`)
  }
  if (Object.hasOwn(node, '$id') && place.pointer !== '') {
    throw unsupportedSchema({ ...place, pointer: `${place.pointer}/$id` }, 'only the root may have an $id')
  }
  if (Object.hasOwn(node, 'type') && whole !== undefined && whole !== 'const' && whole !== 'enum') {
    throw unsupportedSchema(
      { ...place, pointer: `${place.pointer}/type` },
      `it cannot be enforced beside ${whole}; put it inside`,
    )
  }
  return whole
}

/** The types a schema allows, from `type` or else from the types its keywords are about; undefined: any. */
export function typesOf(node: SchemaNode, place: SchemaPlace): readonly SchemaType[] | undefined {
  const { type } = node
  if (type === undefined) {
    const found = new Set(
      Object.keys(node).flatMap((keyword) =>
        Object.hasOwn(keywordTypes, keyword) ? [keywordTypes[keyword] as SchemaType] : [],
      ),
    )
    return found.size === 0 ? undefined : [...found]
  }
  const list: readonly unknown[] = Array.isArray(type) ? type : [type]
  const known = list.filter((name): name is SchemaType => schemaTypes.some((candidate) => candidate === name))
  if (known.length === list.length && known.length > 0) return [...new Set(known)]
  throw invalidSchema(
    { ...place, pointer: `${place.pointer}/type` },
    `it must be one or more of ${schemaTypes.join(', ')}`,
  )
}

/** True when a JSON value has one of the types. */
export function hasType(value: unknown, types: readonly SchemaType[]): boolean {
  if (value === null) return types.includes('null')
  if (Array.isArray(value)) return types.includes('array')
  if (typeof value === 'number')
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value))
  const type = typeof value
  return types.some((name) => name === type)
}
