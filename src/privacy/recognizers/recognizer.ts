/** Kinds of personal or secret data. A name of the field where there is one (Presidio's), else a plain one. */
export const entities = [
  'PERSON',
  'ORGANIZATION',
  'LOCATION',
  'ADDRESS',
  'EMAIL_ADDRESS',
  'PHONE_NUMBER',
  'URL',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'CREDIT_CARD',
  'IBAN_CODE',
  'NATIONAL_ID',
  'MEDICAL_RECORD',
  'ACCESSION_NUMBER',
  'HEALTH_PLAN',
  'LICENSE',
  'VEHICLE',
  'DEVICE_ID',
  'DATE',
  'AGE',
  'SECRET',
  'ASSET_ID',
  'CUSTOM',
] as const
export type Entity = (typeof entities)[number]

/** One stretch of text, [start, end) in UTF-16 units, that may be personal. Holds no text itself: it may be logged. */
export interface Finding {
  readonly entity: Entity
  readonly start: number
  readonly end: number
  /** How sure the recognizer is, 0..1. */
  readonly score: number
  /** Name of the recognizer, for reports and policies. */
  readonly recognizer: string
}

/** Finds one kind of data. Pure, linear in the text, and never throws for any text. */
export interface Recognizer {
  readonly name: string
  readonly entities: readonly Entity[]
  find(text: string): readonly Finding[]
}

/** All recognizers together: overlaps are resolved, context has raised or lowered scores, and findings come in the order of the text. */
export interface Detector {
  detect(text: string): readonly Finding[]
}
