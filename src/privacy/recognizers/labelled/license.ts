import { hasDigits, labelledValue } from './labelled-value.ts'

/** Numbers of driving and professional licences and certificates, by the word before them. */
export const license = labelledValue({
  name: 'license',
  entity: 'LICENSE',
  label: 'license',
  value: /[A-Za-z]{0,3}[-/ ]?\d(?:[-/ ]{0,2}\d){3,15}[A-Za-z]{0,2}(?![A-Za-z0-9])/y,
  isValue: hasDigits(4),
  score: 0.85,
})
