import { hasDigits, labelledValue } from './labelled-value.ts'

/** Medical record and patient numbers, by the word before them. */
export const medicalRecord = labelledValue({
  name: 'medical-record',
  entity: 'MEDICAL_RECORD',
  label: 'medicalRecord',
  value: /[A-Za-z0-9](?:[-/.]?[A-Za-z0-9]){3,23}/y,
  isValue: hasDigits(3),
  score: 0.85,
})
