import { redactionOf } from '../pseudonyms/token.ts'
import type { Entity } from '../recognizers/recognizer.ts'

/**
 * Beginnings of US ZIP codes of areas with at most 20,000 people, which 45 CFR 164.514(b)(2)(i)(B) wants as 000: the list of the department's guidance
 * (census of 2000) and the changes of the census of 2010.
 */
const sparseZips = new Set(
  '036 059 063 102 202 203 204 205 369 556 692 753 772 790 821 823 830 831 878 879 884 890 893'.split(' '),
)

/** Less than the value says: the year of a date, the decade of an age, the region of an address with a US ZIP code; of anything else only its kind. */
export function generalise(entity: Entity, value: string): string {
  if (entity === 'DATE') return /(?<!\d)(?:1[89]|20)\d\d(?!\d)/.exec(value)?.[0] ?? redactionOf(entity)
  if (entity === 'AGE') return /\d{1,3}/.test(value) ? value.replace(/\d{1,3}/, ageBand) : redactionOf(entity)
  if (entity === 'ADDRESS' || entity === 'LOCATION') return regionOf(entity, value)
  return redactionOf(entity)
}

function ageBand(digits: string): string {
  const age = Number(digits)
  if (age >= 90) return '90 or more'
  const decade = age - (age % 10)
  return `${decade} to ${decade + 9}`
}

function regionOf(entity: Entity, value: string): string {
  const zip = /(?<!\d)(\d{3})\d{2}(?:-\d{4})?(?!\d)/.exec(value)?.[1]
  if (zip === undefined) return redactionOf(entity)
  return `${redactionOf(entity)} ${sparseZips.has(zip) ? '000' : zip}**`
}
