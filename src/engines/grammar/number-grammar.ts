import { choice } from './grammar-text.ts'

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

/** Grammar of the integers of a range; undefined when there is none. */
export function integerGrammar({ lowest, highest }: NumberRange): string | undefined {
  const from = lowest === undefined ? -largestInteger : lowest.value + (lowest.isOpen ? 1 : 0)
  const to = highest === undefined ? largestInteger : highest.value - (highest.isOpen ? 1 : 0)
  const alternatives = [
    ...(from < 0 ? naturals(Math.max(1, -to), -from).map((digits) => `"-" ${digits}`) : []),
    ...naturals(Math.max(0, from), to),
  ]
  return from > to || alternatives.length === 0 ? undefined : choice(alternatives)
}

/** Grammar of the numbers of a range, with a fraction or without, without an exponent; undefined when there is none. */
export function numberGrammar({ lowest, highest }: NumberRange): string | undefined {
  const from = lowest ?? { value: -largestWithFraction, isOpen: false }
  const to = highest ?? { value: largestWithFraction, isOpen: false }
  if (from.value > to.value || (from.value === to.value && (from.isOpen || to.isOpen))) return undefined
  const zero = { value: 0, isOpen: false }
  const mirrored = ({ value, isOpen }: Bound) => ({ value: -value, isOpen })
  const alternatives = [
    ...(from.value < 0
      ? decimals(to.value < 0 || (to.value === 0 && to.isOpen) ? mirrored(to) : zero, mirrored(from)).map(
          (text) => `"-" ${text}`,
        )
      : []),
    ...(to.value >= 0 ? decimals(from.value < 0 ? zero : from, to) : []),
  ]
  return alternatives.length === 0 ? undefined : choice(alternatives)
}

/** Alternatives for the decimals between two bounds of at least 0. */
function decimals(from: Bound, to: Bound): readonly string[] {
  const fraction = '("." [0-9]{1,6})?'
  const above = '"." "0"{0,5} [1-9] [0-9]?'
  if (from.value === to.value) return from.isOpen || to.isOpen ? [] : [`"${to.value}" ("." "0")?`]
  const first = from.isOpen ? [`"${from.value}" ${above}`] : []
  const between = naturals(from.value + (from.isOpen ? 1 : 0), to.value - 1).map((digits) => `${digits} ${fraction}`)
  return [...first, ...between, ...(to.isOpen ? [] : [`"${to.value}" ("." "0")?`])]
}

/** Alternatives for the whole numbers from `from` to `to`, both at least 0 and included, without leading zeros. */
function naturals(from: number, to: number): readonly string[] {
  const found: string[] = []
  for (let length = 1; length <= 15; length++) {
    const lowest = Math.max(from, length === 1 ? 0 : 10 ** (length - 1))
    const highest = Math.min(to, 10 ** length - 1)
    if (lowest <= highest) found.push(digitsBetween(String(lowest), String(highest)))
  }
  return found
}

/** Grammar of the digit strings from `lowest` to `highest`, all of the same length. */
function digitsBetween(lowest: string, highest: string): string {
  const rest = lowest.length - 1
  if (/^0*$/.test(lowest) && /^9*$/.test(highest)) return lowest === '' ? '""' : digitRun('0', '9', lowest.length)
  const low = lowest.charAt(0)
  const high = highest.charAt(0)
  if (low === high) return `"${low}" ${digitsBetween(lowest.slice(1), highest.slice(1))}`
  const isFullLow = /^0*$/.test(lowest.slice(1))
  const isFullHigh = /^9*$/.test(highest.slice(1))
  const first = Number(low) + (isFullLow ? 0 : 1)
  const last = Number(high) - (isFullHigh ? 0 : 1)
  return choice([
    ...(isFullLow ? [] : [`"${low}" ${digitsBetween(lowest.slice(1), '9'.repeat(rest))}`]),
    ...(first > last ? [] : [`[${first}-${last}]${rest === 0 ? '' : ` ${digitRun('0', '9', rest)}`}`]),
    ...(isFullHigh ? [] : [`"${high}" ${digitsBetween('0'.repeat(rest), highest.slice(1))}`]),
  ])
}

function digitRun(first: string, last: string, length: number): string {
  return length === 1 ? `[${first}-${last}]` : `[${first}-${last}]{${length}}`
}
