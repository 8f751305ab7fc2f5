import { hasDigits, labelledValue } from './labelled-value.ts'

/** Numbers of a visit, an examination or a specimen, by the word before them. */
export const accessionNumber = labelledValue({
  name: 'accession-number',
  entity: 'ACCESSION_NUMBER',
  label: 'accession',
  value: /[A-Za-z0-9](?:[-/.]?[A-Za-z0-9]){3,23}/y,
  isValue: hasDigits(4),
  score: 0.8,
})
