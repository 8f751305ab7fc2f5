import { hasDigits, labelledValue } from './labelled-value.ts'

/** Serial numbers and identifiers of devices, by the word before them. */
export const deviceId = labelledValue({
  name: 'device-id',
  entity: 'DEVICE_ID',
  label: 'device',
  value: /[A-Za-z0-9](?:[-/.:]?[A-Za-z0-9]){3,47}/y,
  isValue: hasDigits(3),
  score: 0.8,
})
