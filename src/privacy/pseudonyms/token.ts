import type { Entity } from '../recognizers/recognizer.ts'

/** The word in a pseudonym that says what it stands for. */
export const labels = {
  PERSON: 'PERSON',
  ORGANIZATION: 'ORG',
  LOCATION: 'PLACE',
  ADDRESS: 'ADDRESS',
  EMAIL_ADDRESS: 'EMAIL',
  PHONE_NUMBER: 'PHONE',
  URL: 'URL',
  IP_ADDRESS: 'IP',
  MAC_ADDRESS: 'MAC',
  CREDIT_CARD: 'CARD',
  IBAN_CODE: 'IBAN',
  NATIONAL_ID: 'ID',
  MEDICAL_RECORD: 'RECORD',
  ACCESSION_NUMBER: 'ACCESSION',
  HEALTH_PLAN: 'PLAN',
  LICENSE: 'LICENSE',
  VEHICLE: 'VEHICLE',
  DEVICE_ID: 'DEVICE',
  DATE: 'DATE',
  AGE: 'AGE',
  SECRET: 'SECRET',
  ASSET_ID: 'ASSET',
  CUSTOM: 'VALUE',
} as const satisfies Readonly<Record<Entity, string>>
export type Label = (typeof labels)[Entity]

/** Longest possible token: a restoring stream holds back less than this. */
export const longestToken = 32

const names = Object.values(labels).join('|')
const pattern = new RegExp(`\\[(${names})_[1-9]\\d{0,8}(?:_[A-Z]{1,8})?\\]`, 'g')

/**
 * A pseudonym: `[PERSON_1]`, or `[PERSON_1_LAST]` for another form of the same. Square brackets, since servers, renderers and JSON writers leave them alone
 * where they take `<...>` for markup; and a token cannot be torn: nothing inside of one is a bracket, so no text around it makes it longer or another.
 */
export function tokenOf(label: Label, number: number, form?: string): string {
  return `[${label}_${number}${form === undefined ? '' : `_${form}`}]`
}

/** What stands for a finding that is not put back: `[PERSON]`. Never a pseudonym. */
export function redactionOf(entity: Entity): string {
  return `[${labels[entity]}]`
}

export interface FoundToken {
  readonly start: number
  readonly end: number
  readonly token: string
  readonly label: Label
}

/** Everything in a text that looks like a pseudonym, in order. */
export function tokensIn(text: string): readonly FoundToken[] {
  if (!text.includes('[')) return []
  return [...text.matchAll(pattern)].map(({ index, 0: token, 1: label }) => {
    return { start: index, end: index + token.length, token, label: label as Label }
  })
}
