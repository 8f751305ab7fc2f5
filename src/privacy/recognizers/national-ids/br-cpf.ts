import { nationalId } from './national-id.ts'

/** Brazilian CPF: nine digits and two check digits modulo 11. Without joints only near a word for it. */
export const brCpf = nationalId({
  name: 'br-cpf',
  firstRun: [3, 9, 11],
  pattern: /\d{3}(?:\.\d{3}\.\d{3}-|\d{6}-?)\d{2}(?!\d)/y,
  isValid: (digits) =>
    checkDigit(digits, 9) === digits[9] && checkDigit(digits, 10) === digits[10] && !/^(\d)\1*$/.test(digits),
  score: (written) => (written.includes('-') ? 0.9 : 0.3),
})

function checkDigit(digits: string, count: number): string {
  let sum = 0
  for (let index = 0; index < count; index++) sum += Number(digits[index]) * (count + 1 - index)
  return String(((sum * 10) % 11) % 10)
}
