import { EdgewiseError } from '../../spec/errors.ts'

/** A place in a JSON Schema, for a person: which field of the request, and a JSON pointer into it. */
export interface SchemaPlace {
  /** Field of the request that holds the schema, such as `response_format.json_schema.schema`. */
  readonly param: string
  /** JSON pointer, empty for the schema itself. */
  readonly pointer: string
}

/** The refusal of something well-formed in a schema that cannot be enforced. */
export function unsupportedSchema({ param, pointer }: SchemaPlace, message: string): EdgewiseError {
  return new EdgewiseError('unsupported-field', `${tellPlace(param, pointer)}: ${message}`, { param })
}

/** The refusal of a schema that is wrong in itself. */
export function invalidSchema({ param, pointer }: SchemaPlace, message: string): EdgewiseError {
  return new EdgewiseError('invalid-request', `${tellPlace(param, pointer)}: ${message}`, { param })
}

/** The place behind `pointer` at these keys. */
export function pointerTo(pointer: string, ...keys: readonly (string | number)[]): string {
  return [pointer, ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')
}

function tellPlace(param: string, pointer: string): string {
  // A pointer of a hostile schema may be as long as the schema.
  const place = pointer.length > 200 ? `${pointer.slice(0, 200)}…` : pointer
  return `the JSON schema in ${param} at ${place === '' ? 'its root' : place}`
}
