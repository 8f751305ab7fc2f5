import type { Alternative } from './grammar-builder.ts'
import { repeated } from './grammar-text.ts'
import type { SchemaContext } from './schema-compiler.ts'
import { invalidSchema, pointerTo } from './schema-fault.ts'
import type { SchemaNode } from './schema-keywords.ts'
import { boundOf, schemaLimits } from './schema-limits.ts'

/** Arrays of a schema. Those with `prefixItems` have all of them, and more only where `items` says what. */
export function arrayGrammar(context: SchemaContext, node: SchemaNode, pointer: string): readonly Alternative[] {
  const { document, builder } = context
  const place = document.place(pointer)
  const prefix = node.prefixItems === undefined ? [] : document.listAt(node, pointer, 'prefixItems')
  const item = itemRule(context, node, pointer)
  const asked = {
    least: bound(context, node, pointer, 'minItems') ?? 0,
    most: bound(context, node, pointer, 'maxItems'),
  }
  const most = item === undefined ? Math.min(prefix.length, asked.most ?? prefix.length) : asked.most
  const least = Math.max(asked.least, Math.min(prefix.length, most ?? prefix.length))
  if (most !== undefined && asked.least > most)
    throw invalidSchema(place, `it asks for at least ${asked.least} items and at most ${most}`)

  const ws = builder.json('ws')
  const empty: Alternative = { text: `"[" ${ws} "]"`, needs: [] }
  if (most === 0) return [empty]
  const first = prefix.slice(0, most).map((at) => context.rule(at))
  const between = `"," ${ws}`
  const others = { least: least - first.length, most: most === undefined ? undefined : most - first.length }
  const needs = [...first, ...(item !== undefined && others.least > 0 ? [item] : [])]
  const texts = first.length > 0 ? [first.join(` ${between} `)] : []
  if (item !== undefined && first.length > 0 && others.most !== 0)
    texts.push(repeated(`(${between} ${item})`, others.least, others.most))
  if (item !== undefined && first.length === 0) {
    texts.push(
      item,
      repeated(
        `(${between} ${item})`,
        Math.max(0, others.least - 1),
        others.most === undefined ? undefined : others.most - 1,
      ),
    )
  }
  const filled = {
    text: `"[" ${ws} ${texts.filter((text) => text !== '""').join(' ')} ${ws} "]"`,
    needs: first.length === 0 && item !== undefined ? [item] : needs,
  }
  return least === 0 ? [empty, filled] : [filled]
}

/** Rule of the items behind `prefixItems`; undefined when there may be none. */
function itemRule({ document, builder, rule }: SchemaContext, node: SchemaNode, pointer: string): string | undefined {
  const { items } = node
  if (items === undefined) return node.prefixItems === undefined ? builder.json('value') : undefined
  if (items === false) return undefined
  if (Array.isArray(items))
    throw invalidSchema(document.place(pointerTo(pointer, 'items')), 'a list belongs into prefixItems')
  return rule(pointerTo(pointer, 'items'))
}

function bound({ document }: SchemaContext, node: SchemaNode, pointer: string, keyword: string): number | undefined {
  const value = node[keyword]
  return value === undefined
    ? undefined
    : boundOf(document.place(pointerTo(pointer, keyword)), value, schemaLimits.items)
}
