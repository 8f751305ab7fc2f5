import { EdgewiseError } from '../spec/errors.ts'

/** Keywords whose values are data, not schemas. */
const data: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])
/** Keywords whose values are schemas by names that a caller chooses. */
const named: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
])
const reference = /^\$(?:dynamicRef|recursiveRef|ref)$/
const wellKnown = /^https?:\/\/json-schema\.org\/(?:draft-0[4-7]|draft\/20\d\d-\d\d)\/schema#?$/

/**
 * Throws `invalid-request` for a JSON Schema that refers to anything but itself, or is of a kind that nobody knows: somebody upstream might fetch that. In time
 * linear in the schema, however deep.
 */
export function refuseRemoteReferences(schema: unknown, param: string): void {
  const open: { readonly value: unknown; readonly isNamed: boolean }[] = [{ value: schema, isNamed: false }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue
    for (const [key, value] of Object.entries(next.value)) {
      if (typeof value === 'string') refuseText(key, value, param)
      else if (next.isNamed || !data.has(key)) open.push({ value, isNamed: !next.isNamed && named.has(key) })
    }
  }
}

function refuseText(key: string, value: string, param: string): void {
  if (reference.test(key) && !isInside(value)) {
    const message = `${param} refers to another document, or to what is no schema ($ref); write what it refers to into $defs, and refer to it as #/$defs/name`
    throw new EdgewiseError('invalid-request', message, { param })
  }
  if (key === '$schema' && !wellKnown.test(value)) {
    const message = `${param} is written in a kind of schema that is not known here ($schema); leave that out, or give one of json-schema.org`
    throw new EdgewiseError('invalid-request', message, { param })
  }
}

/** True for a reference to a schema of this document: its path leads through no data, where any reference may stand. */
function isInside(value: string): boolean {
  if (!value.startsWith('#')) return false
  try {
    const path = decodeURIComponent(value.slice(1)).split('/')
    return !path.some((key, at) => data.has(key) && !named.has(path[at - 1] ?? ''))
  } catch {
    return false
  }
}
