import { invalidSchema, unsupportedSchema } from './schema-fault.ts'

/** What a schema may ask for at most; more would take the engine longer than anybody waits. */
export const schemaLimits = {
  bytes: 65_536,
  /** Schemas inside one another. */
  depth: 32,
  /** `minItems`, `maxItems`. */
  items: 1024,
  /** `minLength`, `maxLength`. */
  characters: 65_536,
  /** Properties of one object. */
  properties: 500,
  /** Code points of a `pattern`. */
  pattern: 512,
  /** Repetitions in a pattern, quantifiers inside one another multiplied. */
  repetitions: 512,
} as const

/** Throws `unsupported-field` for a schema that is larger or deeper than the limits, without recursion: it may be as deep as a body can be. */
export function requireBoundedSchema(schema: unknown, param: string): void {
  const place = { param, pointer: '' }
  // Two levels of JSON make one of schemas: `properties` and the name, `items` and a list.
  if (depthOf(schema, 2 * schemaLimits.depth) > 2 * schemaLimits.depth) {
    throw unsupportedSchema(place, `it is nested deeper than ${schemaLimits.depth} schemas; flatten it`)
  }
  const bytes = new TextEncoder().encode(JSON.stringify(schema ?? {})).length
  if (bytes > schemaLimits.bytes) {
    throw unsupportedSchema(place, `it has ${bytes} bytes, at most ${schemaLimits.bytes} are compiled; make it smaller`)
  }
}

/** Reads a whole number within the limit. Throws at its place when it is none. */
export function boundOf(
  { param, pointer }: { readonly param: string; readonly pointer: string },
  value: unknown,
  limit: number,
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw invalidSchema({ param, pointer }, 'it must be a whole number of at least 0')
  }
  if (value <= limit) return value
  throw unsupportedSchema({ param, pointer }, `${value} is more than ${limit}, which is the most that is enforced`)
}

/** Depth of containers, looked at only until it is over `enough`. */
function depthOf(root: unknown, enough: number): number {
  let level = [root]
  for (let depth = 0; ; depth++) {
    const containers = level.filter((value) => typeof value === 'object' && value !== null)
    if (containers.length === 0 || depth > enough) return depth
    level = containers.flatMap((value) => Object.values(value as object))
  }
}
