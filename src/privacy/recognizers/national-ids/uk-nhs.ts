import { nationalId } from './national-id.ts'

/** UK NHS numbers: ten digits, the last a modulus-11 check digit. Only in groups of 3-3-4 without a word for it. */
export const ukNhs = nationalId({
  name: 'uk-nhs',
  firstRun: [3, 10],
  pattern: /\d{3}([ -]?)\d{3}\1\d{4}(?![\d-])/y,
  isValid: passesModulus11,
  score: (written) => (written.includes(' ') ? 0.6 : 0.3),
})

function passesModulus11(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < 9; index++) sum += Number(digits[index]) * (10 - index)
  const check = (11 - (sum % 11)) % 11
  return check !== 10 && check === Number(digits[9]) && !/^(\d)\1*$/.test(digits)
}
