import {
  anyOf,
  choice,
  type Grammar,
  nothing,
  optional,
  type Rule,
  repeated,
  ruleOf,
  sequence,
  text,
} from './grammar.ts'

/** White space inside JSON, bounded: a small model might give nothing else. */
export const space: Grammar = ruleOf({
  name: 'space',
  body: choice([nothing, text(' '), sequence('\n', repeated(anyOf(' \t'), 0, 20))]),
})

/** White space in front of an answer; some tokenizers begin each with a space. */
export const leadingSpace: Grammar = choice([nothing, text(' '), text('\n')])

const digit = anyOf('0123456789')

/** Digits without leading zeros, as many as a double counts exactly. */
const natural = choice([text('0'), sequence(anyOf('123456789'), repeated(digit, 0, 14))])

export const jsonInteger: Grammar = sequence(optional(text('-')), natural)

export const jsonNumber: Grammar = sequence(
  jsonInteger,
  optional(sequence('.', repeated(digit, 1, 15))),
  optional(sequence(anyOf('eE'), optional(anyOf('+-')), repeated(digit, 1, 2))),
)

export const jsonString: Grammar = ruleOf({ name: 'any string', body: { kind: 'string', least: 0, most: undefined } })

export const jsonBoolean: Grammar = choice([text('true'), text('false')])

const value: Rule = { name: 'any value', body: nothing }
const object: Rule = { name: 'any object', body: nothing }

/** Any JSON value. */
export const jsonValue: Grammar = ruleOf(value)

/** Any JSON object. */
export const jsonObject: Grammar = ruleOf(object)

object.body = objectOf(optional(listOf(sequence(jsonString, ':', space, jsonValue))))
value.body = choice([
  jsonObject,
  arrayOf(optional(listOf(jsonValue))),
  jsonString,
  jsonNumber,
  jsonBoolean,
  text('null'),
])

/** An object of these members. Where there may be none, the space behind the brace is the only one. */
export function objectOf(members: Grammar): Grammar {
  return sequence('{', space, members, space, '}')
}

/** An array of these items. */
export function arrayOf(items: Grammar): Grammar {
  return sequence('[', space, items, space, ']')
}

/** At least one, with commas between, and bounds on the number of them. */
export function listOf(item: Grammar, least = 1, most?: number): Grammar {
  return sequence(
    item,
    repeated(sequence(',', space, item), Math.max(0, least - 1), most === undefined ? undefined : most - 1),
  )
}
