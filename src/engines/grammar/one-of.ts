import type { SchemaDocument } from './schema-document.ts'
import { pointerTo, type SchemaPlace, unsupportedSchema } from './schema-fault.ts'
import { hasType, type SchemaNode, type SchemaType, schemaTypes, typesOf } from './schema-keywords.ts'

/** Most branches that are compared with one another. */
const mostBranches = 64

/**
 * Throws `unsupported-field` unless a value can satisfy one branch of a `oneOf` at most, seen from its types, its listed values, or a required
 * property with listed values. Then `oneOf` is `anyOf`, which a grammar can say.
 */
export function requireDisjoint(document: SchemaDocument, branches: readonly string[], place: SchemaPlace): void {
  if (branches.length > mostBranches)
    throw unsupportedSchema(place, `more than ${mostBranches} branches are not compared; use anyOf`)
  const nodes = branches.map((pointer) => resolved(document, pointer))
  nodes.forEach((node, index) => {
    if (nodes.slice(0, index).some((other) => !areDisjoint(document, node, other))) {
      throw unsupportedSchema(
        place,
        'two branches may allow the same value, and that it satisfies only one cannot be enforced; use anyOf, or a required property with another const in each',
      )
    }
  })
}

interface Resolved {
  readonly node: SchemaNode | boolean
  readonly pointer: string
}

/** The schema behind references and single `allOf`; a chain without end is looked at for a while only. */
function resolved(document: SchemaDocument, start: string): Resolved {
  let pointer = start
  for (let hops = 0; hops < 32; hops++) {
    const node = document.at(pointer)
    if (typeof node === 'boolean') return { node, pointer }
    if (Object.hasOwn(node, '$ref')) pointer = document.target(node, pointer)
    else if (Array.isArray(node.allOf) && node.allOf.length === 1) pointer = pointerTo(pointer, 'allOf', 0)
    else return { node, pointer }
  }
  return { node: true, pointer }
}

function areDisjoint(document: SchemaDocument, a: Resolved, b: Resolved): boolean {
  const valuesA = valuesOf(a.node)
  const valuesB = valuesOf(b.node)
  if (valuesA !== undefined && valuesB !== undefined) return !valuesA.some((value) => valuesB.includes(value))
  const common = kindsOf(document, a).filter((type) => kindsOf(document, b).includes(type))
  if (common.length === 0) return true
  return common.length === 1 && common[0] === 'object' && haveDisjointProperty(document, a, b)
}

/** Types of the values; an integer is a number. */
function kindsOf(document: SchemaDocument, { node, pointer }: Resolved): readonly SchemaType[] {
  if (typeof node === 'boolean') return schemaTypes
  const values = listed(node)
  if (values !== undefined) return schemaTypes.filter((type) => values.some((value) => hasType(value, [type])))
  const types = typesOf(node, document.place(pointer)) ?? schemaTypes
  return types.includes('integer') ? [...types, 'number'] : types.includes('number') ? [...types, 'integer'] : types
}

function haveDisjointProperty(document: SchemaDocument, a: Resolved, b: Resolved): boolean {
  const inB = tagsOf(document, b)
  return [...tagsOf(document, a)].some(([name, values]) => {
    const others = inB.get(name)
    return others !== undefined && !values.some((value) => others.includes(value))
  })
}

/** Required properties whose values are listed. */
function tagsOf(document: SchemaDocument, { node, pointer }: Resolved): ReadonlyMap<string, readonly string[]> {
  if (typeof node === 'boolean' || !Array.isArray(node.required)) return new Map()
  const named = new Set(document.entriesAt(node, pointer, 'properties'))
  return new Map(
    node.required
      .filter((name): name is string => typeof name === 'string' && named.has(name))
      .flatMap((name) => {
        const values = valuesOf(resolved(document, pointerTo(pointer, 'properties', name)).node)
        return values === undefined ? [] : [[name, values] as const]
      }),
  )
}

function valuesOf(node: SchemaNode | boolean): readonly string[] | undefined {
  return typeof node === 'boolean' ? undefined : listed(node)?.map((value) => JSON.stringify(value))
}

function listed(node: SchemaNode): readonly unknown[] | undefined {
  if (Object.hasOwn(node, 'const')) return [node.const]
  return Array.isArray(node.enum) ? node.enum : undefined
}
