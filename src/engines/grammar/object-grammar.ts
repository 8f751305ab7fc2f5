import { choice, type Grammar, jsonText, nothing, repeated, sequence } from './grammar.ts'
import { jsonString, jsonValue, objectOf, space } from './json-grammar.ts'
import { invalidSchema, pointerTo, unsupportedSchema } from './schema-fault.ts'
import type { SchemaContext } from './schema-grammar.ts'
import type { SchemaNode } from './schema-keywords.ts'
import { schemaLimits } from './schema-limits.ts'
import { stringExcept } from './string-except.ts'

/**
 * Objects of a schema. Properties come in the order in which the schema names them, others behind them, and only where
 * `additionalProperties` says that they may, or where the schema names none at all: every such object satisfies the schema.
 */
export function objectGrammar(context: SchemaContext, node: SchemaNode, pointer: string): Grammar {
  const members = membersOf(context, node, pointer)
  const others = otherMembers(context, node, pointer, members)
  const then = (grammar: Grammar) => sequence(',', space, grammar)

  // `rest`: what may follow a member; `start`: what may be written first. Both are built from the last member to the first.
  let rest = others === undefined ? nothing : repeated(then(others), 0)
  let start = others === undefined ? nothing : choice([nothing, sequence(others, rest)])
  for (const { name, value, isRequired } of members.toReversed()) {
    const member = context.share(sequence(jsonText(name), ':', space, value, rest))
    start = isRequired ? member : choice([member, start])
    rest = context.share(isRequired ? then(member) : choice([then(member), rest]))
  }
  return objectOf(start)
}

interface Member {
  readonly name: string
  readonly value: Grammar
  readonly isRequired: boolean
}

function membersOf(context: SchemaContext, node: SchemaNode, pointer: string): readonly Member[] {
  const { document } = context
  const named = document.entriesAt(node, pointer, 'properties')
  const required = requiredOf(context, node, pointer)
  const unnamed = [...required].filter((name) => !named.includes(name))
  if (named.length + unnamed.length > schemaLimits.properties) {
    throw unsupportedSchema(
      document.place(pointerTo(pointer, 'properties')),
      `more than ${schemaLimits.properties} properties are not compiled`,
    )
  }
  if (unnamed.length > 0 && node.additionalProperties === false) {
    throw invalidSchema(
      document.place(pointerTo(pointer, 'required')),
      'it names a property that additionalProperties forbids',
    )
  }
  const other = () => otherValue(context, node, pointer) ?? jsonValue
  const member = (name: string, value: Grammar): Member => ({ name, value, isRequired: required.has(name) })
  return [
    ...named.map((name) => member(name, context.at(pointerTo(pointer, 'properties', name)))),
    ...unnamed.map((name) => member(name, other())),
  ]
}

function requiredOf({ document }: SchemaContext, { required = [] }: SchemaNode, pointer: string): ReadonlySet<string> {
  const isList = Array.isArray(required) && required.every((name) => typeof name === 'string')
  if (!isList) throw invalidSchema(document.place(pointerTo(pointer, 'required')), 'it must be a list of names')
  return new Set(required)
}

/** Values under names that the schema does not name; undefined when there are none. */
function otherValue(context: SchemaContext, node: SchemaNode, pointer: string): Grammar | undefined {
  const { additionalProperties: others } = node
  if (others === false) return undefined
  if (others === true) return jsonValue
  if (others !== undefined) return context.at(pointerTo(pointer, 'additionalProperties'))
  return node.properties === undefined ? jsonValue : undefined
}

/** A member that the schema does not name: a name that it does would be written twice. */
function otherMembers(
  context: SchemaContext,
  node: SchemaNode,
  pointer: string,
  members: readonly Member[],
): Grammar | undefined {
  const value = otherValue(context, node, pointer)
  if (value === undefined) return undefined
  const name = members.length === 0 ? jsonString : stringExcept(members.map((member) => member.name))
  return sequence(name, ':', space, value)
}
