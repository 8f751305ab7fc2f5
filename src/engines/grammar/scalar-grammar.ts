import { type Grammar, jsonText } from './grammar.ts'
import { jsonInteger, jsonNumber, jsonString } from './json-grammar.ts'
import {
  type Bound,
  integerGrammar,
  largestInteger,
  largestWithFraction,
  type NumberRange,
  numberGrammar,
} from './number-grammar.ts'
import { patternGrammar } from './pattern-grammar.ts'
import { invalidSchema, pointerTo, type SchemaPlace, unsupportedSchema } from './schema-fault.ts'
import type { SchemaContext } from './schema-grammar.ts'
import { hasType, type SchemaNode, typesOf } from './schema-keywords.ts'
import { boundOf, schemaLimits } from './schema-limits.ts'
import { numberFormats, stringFormats } from './string-formats.ts'

/** Strings of a schema. */
export function stringGrammar({ document }: SchemaContext, node: SchemaNode, pointer: string): Grammar {
  const at = (keyword: string) => document.place(pointerTo(pointer, keyword))
  const { pattern, format } = node
  const bound = (keyword: string) =>
    node[keyword] === undefined ? undefined : boundOf(at(keyword), node[keyword], schemaLimits.characters)
  const least = bound('minLength') ?? 0
  const most = bound('maxLength')
  if (most !== undefined && least > most)
    throw invalidSchema(document.place(pointer), `no text has at least ${least} and at most ${most} characters`)
  if (pattern === undefined && (format === undefined || format === 'password')) {
    return least === 0 && most === undefined ? jsonString : { kind: 'string', least, most }
  }
  const limited = most !== undefined ? 'maxLength' : least > 0 ? 'minLength' : undefined
  if (limited !== undefined) {
    throw unsupportedSchema(
      at(limited),
      'a length beside pattern or format cannot be enforced; put it into the pattern',
    )
  }
  if (pattern === undefined) return formatGrammar(format, at('format'))
  if (format !== undefined)
    throw unsupportedSchema(at('format'), 'a format beside a pattern cannot be enforced; leave one of them out')
  if (typeof pattern !== 'string') throw invalidSchema(at('pattern'), 'it must be a text')
  return patternGrammar(pattern, (message) => {
    throw unsupportedSchema(at('pattern'), message)
  })
}

function formatGrammar(format: unknown, place: SchemaPlace): Grammar {
  const refuse = (message: string): never => {
    throw unsupportedSchema(place, message)
  }
  const pattern = typeof format === 'string' ? stringFormats.get(format) : undefined
  return patternGrammar(
    pattern ??
      refuse(`only these formats are enforced: ${[...stringFormats.keys()].join(', ')}; leave it out or use a pattern`),
    refuse,
  )
}

/** Numbers or integers of a schema. */
export function numericGrammar(
  { document }: SchemaContext,
  node: SchemaNode,
  pointer: string,
  isInteger: boolean,
): Grammar {
  const at = (keyword: string) => document.place(pointerTo(pointer, keyword))
  const { multipleOf, format } = node
  if (multipleOf !== undefined && !(multipleOf === 1 && isInteger))
    throw unsupportedSchema(at('multipleOf'), 'this keyword cannot be enforced; leave it out')
  const isInt32 = isInteger && format === 'int32'
  if (
    format !== undefined &&
    !isInt32 &&
    !(typeof format === 'string' && numberFormats.has(format)) &&
    typesOf(node, at(''))?.includes('string') !== true
  ) {
    throw unsupportedSchema(at('format'), 'this format of numbers cannot be enforced; leave it out')
  }
  const range = rangeOf(node, at, isInteger)
  if (isInt32) {
    return found(
      integerGrammar({
        lowest: tighter(range.lowest, { value: -(2 ** 31), isOpen: false }, 1),
        highest: tighter(range.highest, { value: 2 ** 31 - 1, isOpen: false }, -1),
      }),
    )
  }
  if (range.lowest === undefined && range.highest === undefined) return isInteger ? jsonInteger : jsonNumber
  return found(isInteger ? integerGrammar(range) : numberGrammar(range))

  function found(grammar: Grammar | undefined): Grammar {
    if (grammar === undefined) throw invalidSchema(document.place(pointer), 'no number lies between its bounds')
    return grammar
  }
}

/** The values of `const` or `enum` that have the schema's type, in their compact form. */
export function literalGrammar({ document }: SchemaContext, node: SchemaNode, pointer: string): readonly Grammar[] {
  const isConst = Object.hasOwn(node, 'const')
  const place = document.place(pointerTo(pointer, isConst ? 'const' : 'enum'))
  const values: unknown = isConst ? [node.const] : node.enum
  if (!Array.isArray(values) || values.length === 0) throw invalidSchema(place, 'it must be a list that is not empty')
  const types = node.type === undefined ? undefined : typesOf(node, document.place(pointer))
  const allowed = values.filter((value) => types === undefined || hasType(value, types))
  if (allowed.length === 0) throw invalidSchema(place, 'none of its values has the type beside it')
  return allowed.map(jsonText)
}

function rangeOf(
  node: SchemaNode,
  at: (keyword: string) => ReturnType<SchemaContext['document']['place']>,
  isInteger: boolean,
): NumberRange {
  const limit = isInteger ? largestInteger : largestWithFraction
  function read(keyword: string, isOpen: boolean, side: 1 | -1): Bound | undefined {
    const value = node[keyword]
    if (value === undefined) return undefined
    if (typeof value !== 'number') throw invalidSchema(at(keyword), 'it must be a number')
    if (Math.abs(value) > limit) throw unsupportedSchema(at(keyword), `bounds of at most ${limit} are enforced`)
    if (Number.isInteger(value)) return { value, isOpen }
    if (!isInteger) throw unsupportedSchema(at(keyword), 'only whole numbers are enforced as bounds')
    return { value: side === 1 ? Math.ceil(value) : Math.floor(value), isOpen: false }
  }
  return {
    lowest: tighter(read('minimum', false, 1), read('exclusiveMinimum', true, 1), 1),
    highest: tighter(read('maximum', false, -1), read('exclusiveMaximum', true, -1), -1),
  }
}

/** The one of two bounds that allows less; `side` 1 for lower bounds. */
function tighter(a: Bound | undefined, b: Bound | undefined, side: 1 | -1): Bound | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a.value === b.value) return a.isOpen ? a : b
  return (a.value - b.value) * side > 0 ? a : b
}
