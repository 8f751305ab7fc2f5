import { arrayGrammar } from './array-grammar.ts'
import { endlessRule } from './endless-rule.ts'
import { choice, type Grammar, nothing, type Rule, ruleOf, text } from './grammar.ts'
import { jsonBoolean, jsonValue } from './json-grammar.ts'
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
  /** Values of the schema at a pointer. */
  readonly at: (pointer: string) => Grammar
  /** The same grammar, to be used more than once without being copied. */
  readonly share: (grammar: Grammar) => Grammar
}

/**
 * The JSON texts of the values of a JSON Schema: each of them satisfies it, though not every value that does is among them.
 * Throws `unsupported-field` at the first place that cannot be enforced, `invalid-request` at one that is no JSON Schema.
 */
export function schemaGrammar(schema: unknown, param: string): Grammar {
  requireBoundedSchema(schema, param)
  const document = new SchemaDocument(schema, param)
  const rules = new Map<string, Rule>()
  const shared: Rule[] = []
  const context: SchemaContext = {
    document,
    at(pointer) {
      const rule = rules.get(pointer) ?? { name: pointer, body: nothing }
      rules.set(pointer, rule)
      return ruleOf(rule)
    },
    share(grammar) {
      const rule = { name: '', body: grammar }
      shared.push(rule)
      return ruleOf(rule)
    },
  }
  const root = context.at('')
  // A map gives what is added while it is read: the schemas that schemas name.
  for (const [pointer, rule] of rules) rule.body = choice(alternativesAt(context, pointer))
  const endless = endlessRule([...rules.values(), ...shared.toReversed()])
  if (endless === undefined) return root
  throw unsupportedSchema(
    document.place(endless.name),
    'no finite value satisfies it, because it needs itself; make the recursion optional',
  )
}

function alternativesAt(context: SchemaContext, pointer: string): readonly Grammar[] {
  const { document } = context
  const node = document.at(pointer)
  if (node === true) return [jsonValue]
  if (node === false) throw invalidSchema(document.place(pointer), 'no value satisfies false')
  const place = document.place(pointer)
  const whole = wholeKeyword(node, place)
  switch (whole) {
    case '$ref':
      return [context.at(document.target(node, pointer))]
    case 'const':
    case 'enum':
      return literalGrammar(context, node, pointer)
    case 'anyOf':
      return document.listAt(node, pointer, whole).map(context.at)
    case 'oneOf': {
      const branches = document.listAt(node, pointer, whole)
      requireDisjoint(document, branches, document.place(pointerTo(pointer, whole)))
      return branches.map(context.at)
    }
    case 'allOf': {
      const [only, ...others] = document.listAt(node, pointer, whole)
      if (only !== undefined && others.length === 0) return [context.at(only)]
      throw unsupportedSchema(
        document.place(pointerTo(pointer, whole)),
        'more than one schema at once cannot be enforced; merge them',
      )
    }
    case undefined:
      return typesOf(node, place)?.map((type) => ofType(context, { node, pointer, type })) ?? [jsonValue]
    default:
      return whole satisfies never
  }
}

interface Typed {
  readonly node: SchemaNode
  readonly pointer: string
  readonly type: SchemaType
}

function ofType(context: SchemaContext, { node, pointer, type }: Typed): Grammar {
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
      return stringGrammar(context, node, pointer)
    case 'number':
    case 'integer':
      return numericGrammar(context, node, pointer, type === 'integer')
    case 'boolean':
      return jsonBoolean
    case 'null':
      return text('null')
    default:
      return type satisfies never
  }
}
