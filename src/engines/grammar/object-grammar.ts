import { characterInString, complement } from './code-points.ts'
import type { Alternative } from './grammar-builder.ts'
import { jsonLiteral } from './grammar-text.ts'
import type { SchemaContext } from './schema-compiler.ts'
import { invalidSchema, pointerTo, unsupportedSchema } from './schema-fault.ts'
import type { SchemaNode } from './schema-keywords.ts'
import { schemaLimits } from './schema-limits.ts'

/**
 * Objects of a schema. Properties come in the order in which the schema names them, others behind them, and only where
 * `additionalProperties` says that they may, or where the schema names none at all: every such object satisfies the schema.
 */
export function objectGrammar(context: SchemaContext, node: SchemaNode, pointer: string): readonly Alternative[] {
  const members = membersOf(context, node, pointer)
  const others = otherMembers(context, node, pointer, members)
  const place = context.document.place(pointer)
  const { builder } = context
  const ws = builder.json('ws')
  if (members.length === 0 && others === undefined) return [{ text: `"{" ${ws} "}"`, needs: [] }]

  // `rest`: what may follow a member; `start`: what may be written first. Both are built from the last member to the first.
  let rest: Alternative = others === undefined ? nothing : { text: `("," ${ws} ${others.text})*`, needs: [] }
  let start: Alternative | undefined = others
  for (const member of members.toReversed()) {
    const after = rest
    const begins = sequence(member, after)
    const follows = { text: `"," ${ws} ${begins.text}`, needs: begins.needs }
    start = rule(context, [begins, ...(member.isRequired || start === undefined ? [] : [start])], place)
    rest = rule(context, [...(member.isRequired ? [] : [after]), follows], place)
  }
  const isEmptyAllowed = members.every(({ isRequired }) => !isRequired)
  const filled = start === undefined ? [] : [{ text: `"{" ${ws} ${start.text} ${ws} "}"`, needs: start.needs }]
  return [...(isEmptyAllowed ? [{ text: `"{" ${ws} "}"`, needs: [] }] : []), ...filled]
}

interface Member extends Alternative {
  readonly name: string
  readonly isRequired: boolean
}

const nothing: Alternative = { text: '""', needs: [] }

function rule(
  { builder }: SchemaContext,
  alternatives: readonly Alternative[],
  place: Parameters<typeof builder.define>[2],
): Alternative {
  const name = builder.newName()
  builder.define(name, alternatives, place)
  return { text: name, needs: [name] }
}

function sequence(first: Alternative, second: Alternative): Alternative {
  return second === nothing ? first : { text: `${first.text} ${second.text}`, needs: [...first.needs, ...second.needs] }
}

function membersOf(context: SchemaContext, node: SchemaNode, pointer: string): readonly Member[] {
  const { document, builder } = context
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
  const member = (name: string, value: string): Member => ({
    name,
    text: `${jsonLiteral(name)} ":" ${builder.json('ws')} ${value}`,
    needs: [value],
    isRequired: required.has(name),
  })
  const other = () => otherValue(context, node, pointer) ?? builder.json('value')
  return [
    ...named.map((name) => member(name, context.rule(pointerTo(pointer, 'properties', name)))),
    ...unnamed.map((name) => member(name, other())),
  ]
}

function requiredOf({ document }: SchemaContext, { required = [] }: SchemaNode, pointer: string): ReadonlySet<string> {
  const isList = Array.isArray(required) && required.every((name) => typeof name === 'string')
  if (!isList) throw invalidSchema(document.place(pointerTo(pointer, 'required')), 'it must be a list of names')
  return new Set(required)
}

/** Rule of the values under names that the schema does not name; undefined when there are none. */
function otherValue({ builder, rule }: SchemaContext, node: SchemaNode, pointer: string): string | undefined {
  const { additionalProperties: others } = node
  if (others === false) return undefined
  if (others === true) return builder.json('value')
  if (others !== undefined) return rule(pointerTo(pointer, 'additionalProperties'))
  return node.properties === undefined ? builder.json('value') : undefined
}

/** Grammar of a member that the schema does not name. It begins with another character than those: a name must not be written twice. */
function otherMembers(
  context: SchemaContext,
  node: SchemaNode,
  pointer: string,
  members: readonly Member[],
): Alternative | undefined {
  const value = otherValue(context, node, pointer)
  if (value === undefined) return undefined
  const { builder } = context
  const behind = `":" ${builder.json('ws')} ${value}`
  if (members.length === 0) return { text: `${builder.json('string')} ${behind}`, needs: [value] }
  builder.json('string')
  const taken = members.flatMap(({ name }) => (name === '' ? [] : [name.codePointAt(0) ?? 0]))
  // Neither may it be escaped, which would be another way to write the same one.
  const first = characterInString(
    complement([...taken, 0x22, 0x5c, 0x08, 0x09, 0x0a, 0x0c, 0x0d].map((code) => [code, code])),
  )
  return {
    text: `"\\"" ${first} [^"\\\\\\0-\\x1f]* ("\\\\" escape [^"\\\\\\0-\\x1f]*)* "\\"" ${behind}`,
    needs: [value],
  }
}
