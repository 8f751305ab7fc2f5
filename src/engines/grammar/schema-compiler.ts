import { arrayGrammar } from './array-grammar.ts'
import type { Alternative, GrammarBuilder } from './grammar-builder.ts'
import { type LengthNode, lengthsOf } from './length-node.ts'
import { objectGrammar } from './object-grammar.ts'
import { requireDisjoint } from './one-of.ts'
import { literalGrammar, numericGrammar, stringGrammar } from './scalar-grammar.ts'
import { SchemaDocument } from './schema-document.ts'
import { invalidSchema, pointerTo, unsupportedSchema } from './schema-fault.ts'
import { type SchemaNode, type SchemaType, typesOf, wholeKeyword } from './schema-keywords.ts'
import { requireBoundedSchema } from './schema-limits.ts'

/** What the parts of a schema see of its compilation. */
export interface SchemaContext {
  readonly document: SchemaDocument
  readonly builder: GrammarBuilder
  /** Name of the rule of the schema at a pointer. */
  readonly rule: (pointer: string) => string
}

/** A compiled schema: the rule of its values, and the lengths of its strings where it bounds any. */
export interface CompiledSchema {
  readonly root: string
  readonly lengths: LengthNode | undefined
}

/**
 * Adds a JSON Schema to a grammar. Every text of the grammar, its strings within their lengths, is JSON that satisfies the schema; not every
 * such JSON is in it. Throws `unsupported-field` at the first place that cannot be enforced, `invalid-request` at one that is no JSON Schema.
 */
export function compileSchema(schema: unknown, param: string, builder: GrammarBuilder): CompiledSchema {
  requireBoundedSchema(schema, param)
  const document = new SchemaDocument(schema, param)
  const names = new Map<string, string>()
  const context: SchemaContext = { document, builder, rule }

  function rule(pointer: string): string {
    const known = names.get(pointer)
    if (known !== undefined) return known
    const name = builder.newName()
    names.set(pointer, name)
    return name
  }

  const root = rule('')
  // A map gives what is added while it is read: the schemas that schemas name.
  for (const [pointer, name] of names) {
    builder.define(name, alternativesAt(context, pointer), document.place(pointer))
  }
  return { root, lengths: lengthsOf(document) }
}

function alternativesAt(context: SchemaContext, pointer: string): readonly Alternative[] {
  const { document, builder } = context
  const node = document.at(pointer)
  if (node === true) return [{ text: builder.json('value'), needs: [] }]
  if (node === false) throw invalidSchema(document.place(pointer), 'no value satisfies false')
  const place = document.place(pointer)
  const whole = wholeKeyword(node, place)
  const same = (at: string): Alternative => ({ text: context.rule(at), needs: [context.rule(at)] })
  switch (whole) {
    case '$ref':
      return [same(document.target(node, pointer))]
    case 'const':
    case 'enum':
      return literalGrammar(context, node, pointer)
    case 'anyOf':
      return document.listAt(node, pointer, whole).map(same)
    case 'oneOf': {
      const branches = document.listAt(node, pointer, whole)
      requireDisjoint(document, branches, document.place(pointerTo(pointer, whole)))
      return branches.map(same)
    }
    case 'allOf': {
      const [only, ...others] = document.listAt(node, pointer, whole)
      if (only !== undefined && others.length === 0) return [same(only)]
      throw unsupportedSchema(
        document.place(pointerTo(pointer, whole)),
        'more than one schema at once cannot be enforced; merge them',
      )
    }
    case undefined:
      return (
        typesOf(node, place)?.flatMap((type) => ofType(context, { node, pointer, type })) ?? [
          { text: builder.json('value'), needs: [] },
        ]
      )
    default:
      return whole satisfies never
  }
}

interface Typed {
  readonly node: SchemaNode
  readonly pointer: string
  readonly type: SchemaType
}

function ofType(context: SchemaContext, { node, pointer, type }: Typed): readonly Alternative[] {
  switch (type) {
    case 'object':
      return objectGrammar(context, node, pointer)
    case 'array':
      if (node.uniqueItems === undefined || node.uniqueItems === false) return arrayGrammar(context, node, pointer)
      throw unsupportedSchema(
        context.document.place(pointerTo(pointer, 'uniqueItems')),
        'this keyword cannot be enforced; leave it out',
      )
    case 'string':
      return [stringGrammar(context, node, pointer)]
    case 'number':
    case 'integer':
      return [numericGrammar(context, node, pointer, type === 'integer')]
    case 'boolean':
      return [{ text: context.builder.json('boolean'), needs: [] }]
    case 'null':
      return [{ text: '"null"', needs: [] }]
    default:
      return type satisfies never
  }
}
