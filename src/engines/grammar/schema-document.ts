import { invalidSchema, pointerTo, type SchemaPlace, unsupportedSchema } from './schema-fault.ts'
import type { SchemaNode } from './schema-keywords.ts'

/** One JSON Schema, read by JSON pointers. */
export class SchemaDocument {
  /** Field of the request that holds it. */
  readonly param: string
  readonly #root: unknown

  constructor(root: unknown, param: string) {
    this.#root = root
    this.param = param
  }

  place(pointer: string): SchemaPlace {
    return { param: this.param, pointer }
  }

  /** The schema at a pointer. Throws `invalid-request` when there is none, or when it is neither an object nor a boolean. */
  at(pointer: string): SchemaNode | boolean {
    let value = this.#root
    for (const segment of pointer.split('/').slice(1)) {
      const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
      const isContainer = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      if (!isContainer)
        throw invalidSchema(this.place(pointer), 'there is nothing at this place, to which a $ref points')
      value = (value as Record<string, unknown>)[key]
    }
    if (typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value))) {
      return value as SchemaNode | boolean
    }
    throw invalidSchema(this.place(pointer), 'a schema must be an object, true or false')
  }

  /** The pointer that the `$ref` of the schema at `pointer` names. Throws `unsupported-field` unless it is inside this document. */
  target(node: SchemaNode, pointer: string): string {
    const place = this.place(pointerTo(pointer, '$ref'))
    const { $ref: reference } = node
    if (typeof reference !== 'string') throw invalidSchema(place, 'it must be a text')
    if (!/^#(\/|$)/.test(reference))
      throw unsupportedSchema(place, 'only references into the same schema are followed, such as #/$defs/name')
    try {
      return decodeURIComponent(reference.slice(1))
    } catch {
      throw invalidSchema(place, 'it is no valid URI fragment')
    }
  }

  /** Pointers of the schemas in a list such as `anyOf`. Throws `invalid-request` when it is no list of at least one. */
  listAt(node: SchemaNode, pointer: string, keyword: string): readonly string[] {
    const list = node[keyword]
    const at = pointerTo(pointer, keyword)
    if (!Array.isArray(list) || list.length === 0)
      throw invalidSchema(this.place(at), 'it must be a list that is not empty')
    return list.map((_, index) => pointerTo(at, index))
  }

  /** The entries of a keyword that holds an object, such as `properties`; none when it is absent. */
  entriesAt(node: SchemaNode, pointer: string, keyword: string): readonly string[] {
    const value = node[keyword]
    if (value === undefined) return []
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value)
    throw invalidSchema(this.place(pointerTo(pointer, keyword)), 'it must be an object')
  }
}
