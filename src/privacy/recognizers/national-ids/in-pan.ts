import { nationalId } from './national-id.ts'

/** Indian permanent account numbers: five letters, of which the fourth tells the kind of holder, four digits and a letter, all capitals. */
export const inPan = nationalId({
  name: 'in-pan',
  letters: 5,
  firstRun: [4],
  pattern: /[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]/y,
  isValid: (compact) => compact.slice(5, 9) !== '0000',
  score: () => 0.65,
})
