import { labelledValue } from '../labelled/labelled-value.ts'

/** Keys and tokens of any form, by the word before them: long, without gaps, and mixed of letters and digits. */
export const labelledSecret = labelledValue({
  name: 'labelled-secret',
  entity: 'SECRET',
  label: 'secret',
  value: /[A-Za-z0-9_\-+/=.~!@#$%^&*]{12,512}/y,
  isValue: (value) =>
    /\d/.test(value) && /[A-Za-z]/.test(value) && /^[A-Za-z0-9]/.test(value) && !/^(https?|[a-z]+):\/\//.test(value),
  score: 0.8,
  needsBridge: true,
})
