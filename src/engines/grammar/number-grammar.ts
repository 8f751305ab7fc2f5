import { anyOf, choice, type Grammar, optional, repeated, sequence, text } from './grammar.ts'

/** A range of numbers. An open bound is no member of it. */
export interface NumberRange {
  readonly lowest?: Bound | undefined
  readonly highest?: Bound | undefined
}

export interface Bound {
  /** A whole number. */
  readonly value: number
  readonly isOpen: boolean
}

/** Largest absolute value of a bound, and of a number between bounds: 15 digits, which a double holds exactly. */
export const largestInteger = 999_999_999_999_999
/** The same for numbers with a fraction of up to six digits. */
export const largestWithFraction = 999_999_999

const digits = '0123456789'

/** The integers of a range; undefined when there is none. */
export function integerGrammar({ lowest, highest }: NumberRange): Grammar | undefined {
  const from = lowest === undefined ? -largestInteger : lowest.value + (lowest.isOpen ? 1 : 0)
  const to = highest === undefined ? largestInteger : highest.value - (highest.isOpen ? 1 : 0)
  const parts = [
    ...naturals(Math.max(1, -to), -from).map((part) => sequence('-', part)),
    ...naturals(Math.max(0, from), to),
  ]
  return parts.length === 0 ? undefined : choice(parts)
}

/** The numbers of a range, with a fraction or without, without an exponent; undefined when there is none. */
export function numberGrammar({ lowest, highest }: NumberRange): Grammar | undefined {
  const from = lowest ?? { value: -largestWithFraction, isOpen: false }
  const to = highest ?? { value: largestWithFraction, isOpen: false }
  if (from.value > to.value || (from.value === to.value && (from.isOpen || to.isOpen))) return undefined
  const zero = { value: 0, isOpen: false }
  const isBelowZero = to.value < 0 || (to.value === 0 && to.isOpen)
  const negative = from.value < 0 ? decimals(isBelowZero ? mirrored(to) : zero, mirrored(from)) : []
  const positive = isBelowZero ? [] : decimals(from.value < 0 ? zero : from, to)
  const parts = [...negative.map((part) => sequence('-', part)), ...positive]
  return parts.length === 0 ? undefined : choice(parts)
}

function mirrored({ value, isOpen }: Bound): Bound {
  return { value: -value, isOpen }
}

/** The decimals between two bounds of at least 0. */
function decimals(from: Bound, to: Bound): readonly Grammar[] {
  const fraction = optional(sequence('.', repeated(anyOf(digits), 1, 6)))
  const exactly = ({ value }: Bound) => sequence(String(value), optional(text('.0')))
  if (from.value === to.value) return from.isOpen || to.isOpen ? [] : [exactly(to)]
  const notZero = [0, 1, 2, 3, 4, 5].map((zeros) =>
    sequence('0'.repeat(zeros), anyOf(digits.slice(1)), repeated(anyOf(digits), 0, 5 - zeros)),
  )
  const justAbove = sequence(`${from.value}.`, choice(notZero))
  const between = naturals(from.value + (from.isOpen ? 1 : 0), to.value - 1).map((part) => sequence(part, fraction))
  return [...(from.isOpen ? [justAbove] : []), ...between, ...(to.isOpen ? [] : [exactly(to)])]
}

/** The whole numbers from `from` to `to`, both at least 0 and included, without leading zeros. */
function naturals(from: number, to: number): readonly Grammar[] {
  const found: Grammar[] = []
  for (let length = 1; length <= 15; length++) {
    const lowest = Math.max(from, length === 1 ? 0 : 10 ** (length - 1))
    const highest = Math.min(to, 10 ** length - 1)
    if (lowest <= highest) found.push(digitsBetween(String(lowest), String(highest)))
  }
  return found
}

/** The digit strings from `lowest` to `highest`, all of the same length. */
function digitsBetween(lowest: string, highest: string): Grammar {
  const anyRest = repeated(anyOf(digits), lowest.length - 1, lowest.length - 1)
  if (lowest === '') return sequence()
  const low = Number(lowest[0])
  const high = Number(highest[0])
  const isFullLow = /^0*$/.test(lowest.slice(1))
  const isFullHigh = /^9*$/.test(highest.slice(1))
  if (low === high && !(isFullLow && isFullHigh)) {
    return sequence(String(low), digitsBetween(lowest.slice(1), highest.slice(1)))
  }
  const first = low + (isFullLow ? 0 : 1)
  const last = high - (isFullHigh ? 0 : 1)
  return choice([
    ...(isFullLow ? [] : [sequence(String(low), digitsBetween(lowest.slice(1), '9'.repeat(lowest.length - 1)))]),
    ...(first > last ? [] : [sequence(anyOf(digits.slice(first, last + 1)), anyRest)]),
    ...(isFullHigh ? [] : [sequence(String(high), digitsBetween('0'.repeat(lowest.length - 1), highest.slice(1)))]),
  ])
}
