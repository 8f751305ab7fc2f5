import { EdgewiseError } from '../spec/errors.ts'

/** Keywords whose values are data, not schemas. */
const data: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])

/** Throws `invalid-request` for a JSON Schema that refers to another document: somebody upstream might fetch it. */
export function refuseRemoteReferences(schema: unknown, param: string): void {
  if (typeof schema !== 'object' || schema === null) return
  for (const [keyword, value] of Object.entries(schema)) {
    if (/^\$(?:dynamicRef|recursiveRef|ref)$/.test(keyword) && typeof value === 'string' && isRemote(value)) {
      const message = `${param} refers to another document ($ref); write what it refers to into $defs`
      throw new EdgewiseError('invalid-request', message, { param })
    }
    if (!data.has(keyword)) refuseRemoteReferences(value, param)
  }
}

function isRemote(reference: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|[\\/]{2})/i.test(reference.trim())
}
