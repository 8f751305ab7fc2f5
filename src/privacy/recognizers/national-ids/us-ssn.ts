import { nationalId } from './national-id.ts'

/** US social security numbers as the SSA gives them out: no area 000, 666 or 9xx, no group 00, no serial 0000. Without dashes only near a word for it. */
export const usSsn = nationalId({
  name: 'us-ssn',
  firstRun: [3, 9],
  pattern: /\d{3}(?:-\d{2}-|[ \t]{1,2}\d{2}[ \t]{1,2}|\d{2})\d{4}(?![\d-])/y,
  isValid: (digits) => /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits),
  score: (written) => (written.includes('-') ? 0.75 : 0.2),
})
