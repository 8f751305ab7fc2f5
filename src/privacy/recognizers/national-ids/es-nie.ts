import { hasDniLetter } from './es-dni.ts'
import { nationalId } from './national-id.ts'

/** Spanish NIE for residents from abroad: X, Y or Z, seven digits and the letter that follows from them. */
export const esNie = nationalId({
  name: 'es-nie',
  letters: 1,
  firstRun: [7],
  pattern: /[XYZxyz]\d{7}[ -]?[A-Za-z]/y,
  isValid: (compact) => hasDniLetter(`${'XYZ'.indexOf(compact[0] ?? '')}${compact.slice(1)}`),
  score: () => 0.85,
})
