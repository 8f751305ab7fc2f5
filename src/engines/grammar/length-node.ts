import type { SchemaDocument } from './schema-document.ts'
import { pointerTo, unsupportedSchema } from './schema-fault.ts'
import type { SchemaNode } from './schema-keywords.ts'
import { boundOf, schemaLimits } from './schema-limits.ts'

/** How many characters (code points) a string may have. */
export interface LengthBounds {
  readonly least: number
  readonly most: number
}

/**
 * The lengths of the strings of a schema, by their place in a value. They are counted beside the grammar, since the engine would have to
 * look at its whole vocabulary once for every character that a string may have.
 */
export interface LengthNode {
  /** For a string at this place. */
  readonly bounds: LengthBounds | undefined
  /** Of the value under a name; undefined when nothing is bounded in it. */
  property(name: string): LengthNode | undefined
  item(index: number): LengthNode | undefined
}

/** Most places that are told apart. */
const mostNodes = 4096

/**
 * The lengths of a schema, undefined when it bounds none. Where several schemas may be meant at one place, the strings of all of them keep the
 * same bounds; throws `unsupported-field` when they differ.
 */
export function lengthsOf(document: SchemaDocument): LengthNode | undefined {
  const nodes = new Map<string, Node>()
  const root = nodeOf(document, nodes, [''])
  let isBounded = false
  // The map gives what is added while it is read: all places that can be reached.
  for (const node of nodes.values()) {
    node.open((pointers) => nodeOf(document, nodes, pointers))
    isBounded ||= node.bounds !== undefined
    if (nodes.size > mostNodes) {
      throw unsupportedSchema(
        document.place(''),
        `its unions make more than ${mostNodes} different places; simplify it`,
      )
    }
  }
  return isBounded ? root : undefined
}

function nodeOf(document: SchemaDocument, nodes: Map<string, Node>, pointers: readonly string[]): Node {
  const leaves = leavesOf(document, pointers)
  const key = leaves.toSorted().join('\n')
  const known = nodes.get(key)
  if (known !== undefined) return known
  const node = new Node(document, leaves)
  nodes.set(key, node)
  return node
}

/** The schemas behind references and unions. */
function leavesOf(document: SchemaDocument, pointers: readonly string[]): readonly string[] {
  const seen = new Set(pointers)
  return [
    ...seen.values().flatMap((pointer) => {
      const node = document.at(pointer)
      if (typeof node === 'boolean') return [pointer]
      const keyword = ['anyOf', 'oneOf', 'allOf'].find((name) => Object.hasOwn(node, name))
      const behind = Object.hasOwn(node, '$ref')
        ? [document.target(node, pointer)]
        : keyword === undefined
          ? undefined
          : document.listAt(node, pointer, keyword)
      if (behind === undefined) return [pointer]
      for (const other of behind) seen.add(other)
      return []
    }),
  ]
}

type Open = (pointers: readonly string[]) => Node

class Node implements LengthNode {
  readonly bounds: LengthBounds | undefined
  readonly #document: SchemaDocument
  readonly #leaves: readonly { readonly pointer: string; readonly node: SchemaNode }[]
  readonly #named = new Map<string, Node>()
  readonly #prefix: Node[] = []
  #others: Node | undefined
  #items: Node | undefined

  constructor(document: SchemaDocument, pointers: readonly string[]) {
    this.#document = document
    this.#leaves = pointers.flatMap((pointer) => {
      const node = document.at(pointer)
      return typeof node === 'boolean' ? [] : [{ pointer, node }]
    })
    this.bounds = this.#sharedBounds()
  }

  /** Finds the places inside this one. */
  open(nodeOf: Open): void {
    const pointersOf = (keyword: string) =>
      this.#leaves.filter(({ node }) => isSchema(node[keyword])).map(({ pointer }) => pointerTo(pointer, keyword))
    const names = new Set(
      this.#leaves.flatMap(({ node, pointer }) => this.#document.entriesAt(node, pointer, 'properties')),
    )
    for (const name of names) this.#named.set(name, nodeOf(this.#pointersOfName(name)))
    this.#others = some(pointersOf('additionalProperties'), nodeOf)
    const longest = Math.max(0, ...this.#leaves.map(({ node }) => prefixLength(node)))
    for (let index = 0; index < longest; index++) this.#prefix.push(nodeOf(this.#pointersOfIndex(index)))
    this.#items = some(pointersOf('items'), nodeOf)
  }

  property(name: string): LengthNode | undefined {
    return this.#named.get(name) ?? this.#others
  }

  item(index: number): LengthNode | undefined {
    return this.#prefix[index] ?? this.#items
  }

  #pointersOfName(name: string): string[] {
    return this.#leaves.flatMap(({ node, pointer }) => {
      const { properties, additionalProperties } = node
      if (typeof properties === 'object' && properties !== null && Object.hasOwn(properties, name))
        return [pointerTo(pointer, 'properties', name)]
      return isSchema(additionalProperties) ? [pointerTo(pointer, 'additionalProperties')] : []
    })
  }

  #pointersOfIndex(index: number): string[] {
    return this.#leaves.flatMap(({ node, pointer }) => {
      if (index < prefixLength(node)) return [pointerTo(pointer, 'prefixItems', index)]
      return isSchema(node.items) ? [pointerTo(pointer, 'items')] : []
    })
  }

  #sharedBounds(): LengthBounds | undefined {
    let shared: LengthBounds | undefined
    for (const { node, pointer } of this.#leaves) {
      const bounds = this.#boundsOf(node, pointer)
      if (bounds === undefined) continue
      if (shared !== undefined && (shared.least !== bounds.least || shared.most !== bounds.most)) {
        throw unsupportedSchema(
          this.#document.place(pointer),
          'another schema for the same place has other lengths; give both the same',
        )
      }
      shared = bounds
    }
    return shared
  }

  #boundsOf(node: SchemaNode, pointer: string): LengthBounds | undefined {
    const read = (keyword: string) => {
      const value = node[keyword]
      return value === undefined
        ? undefined
        : boundOf(this.#document.place(pointerTo(pointer, keyword)), value, schemaLimits.characters)
    }
    const least = read('minLength') ?? 0
    const most = read('maxLength') ?? Number.POSITIVE_INFINITY
    if (least <= most) return least === 0 && most === Number.POSITIVE_INFINITY ? undefined : { least, most }
    throw unsupportedSchema(
      this.#document.place(pointer),
      `no text has at least ${least} and at most ${most} characters`,
    )
  }
}

function some(pointers: readonly string[], nodeOf: Open): Node | undefined {
  return pointers.length === 0 ? undefined : nodeOf(pointers)
}

function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function prefixLength({ prefixItems }: SchemaNode): number {
  return Array.isArray(prefixItems) ? prefixItems.length : 0
}
