import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min'

/** Regions whose national way of writing is tried when no country code is given. */
const regions = {
  withoutTrunkZero: ['ES'],
  /** Nine digits with the zero are enough. */
  short: ['DE', 'IT'],
  long: ['GB', 'DE', 'FR', 'CN', 'IN', 'BR', 'IT', 'NL'],
} as const satisfies Record<string, readonly CountryCode[]>

/** True for a number with a country code that the plan of any region knows. */
export function isInternational(written: string): boolean {
  const digits = written
    .replaceAll(/[^\d+]/g, '')
    .replace(/^00/, '+')
    .replace(/^\+?/, '+')
  return parsePhoneNumberFromString(digits)?.isValid() ?? false
}

/** True for a national number that begins as one does when dialled (a trunk zero, or a Spanish 6-9) and that the plan of a common region knows. */
export function isDialable(written: string): boolean {
  const digits = written.replaceAll(/\D/g, '')
  if (!/^(?:0\d{8,11}|[6-9]\d{8})$/.test(digits)) return false
  if (/^[6-9][\d-]*$/.test(written)) return false
  if (!/^\(?\d{2,5}\)?(?:[ /.-]{1,2}\d{2,8}){1,4}$/.test(written)) return false
  const likely = !digits.startsWith('0') ? regions.withoutTrunkZero : digits.length < 10 ? regions.short : regions.long
  return likely.some((region) => parsePhoneNumberFromString(digits, region)?.isValid() ?? false)
}
