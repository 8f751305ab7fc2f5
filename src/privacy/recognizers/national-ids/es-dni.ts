import { nationalId } from './national-id.ts'

/** Spanish DNI: eight digits and the letter that follows from them. */
export const esDni = nationalId({
  name: 'es-dni',
  firstRun: [2, 8],
  pattern: /\d{2}\.?\d{3}\.?\d{3}[ -]?[A-Za-z]/y,
  isValid: (compact) => hasDniLetter(compact),
  score: () => 0.85,
})

/** True when the letter at the end is the one for the eight digits before it. */
export function hasDniLetter(compact: string): boolean {
  return compact[8] === 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(compact.slice(0, 8)) % 23]
}
