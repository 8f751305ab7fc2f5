import { type Grammar, nothing, optional, repeated, sequence } from './grammar.ts'
import { arrayOf, jsonValue, listOf, space } from './json-grammar.ts'
import { invalidSchema, pointerTo } from './schema-fault.ts'
import type { SchemaContext } from './schema-grammar.ts'
import type { SchemaNode } from './schema-keywords.ts'
import { boundOf, schemaLimits } from './schema-limits.ts'

/** Arrays of a schema. Those with `prefixItems` have all of them, and more only where `items` says what. */
export function arrayGrammar(context: SchemaContext, node: SchemaNode, pointer: string): Grammar {
  const { document } = context
  const prefix = node.prefixItems === undefined ? [] : document.listAt(node, pointer, 'prefixItems')
  const item = itemOf(context, node, pointer)
  const asked = {
    least: bound(context, node, pointer, 'minItems') ?? 0,
    most: bound(context, node, pointer, 'maxItems'),
  }
  const most = item === undefined ? Math.min(prefix.length, asked.most ?? prefix.length) : asked.most
  if (most !== undefined && asked.least > most) {
    throw invalidSchema(document.place(pointer), `no array has at least ${asked.least} and at most ${most} items`)
  }
  if (most === 0) return arrayOf(nothing)
  const first = prefix.slice(0, most).map(context.at)
  if (first.length === 0) {
    const items = listOf(item ?? jsonValue, asked.least, most)
    return arrayOf(asked.least === 0 ? optional(items) : items)
  }
  const all = sequence(...first.flatMap((one, index) => (index === 0 ? [one] : [',', space, one])))
  if (item === undefined) return arrayOf(all)
  const others = sequence(',', space, item)
  const more = repeated(
    others,
    Math.max(0, asked.least - first.length),
    most === undefined ? undefined : most - first.length,
  )
  return arrayOf(sequence(all, more))
}

/** The items behind `prefixItems`; undefined when there may be none. */
function itemOf(context: SchemaContext, node: SchemaNode, pointer: string): Grammar | undefined {
  const { items } = node
  if (items === undefined) return node.prefixItems === undefined ? jsonValue : undefined
  if (items === false) return undefined
  if (!Array.isArray(items)) return context.at(pointerTo(pointer, 'items'))
  throw invalidSchema(context.document.place(pointerTo(pointer, 'items')), 'a list belongs into prefixItems')
}

function bound({ document }: SchemaContext, node: SchemaNode, pointer: string, keyword: string): number | undefined {
  const value = node[keyword]
  return value === undefined
    ? undefined
    : boundOf(document.place(pointerTo(pointer, keyword)), value, schemaLimits.items)
}
