import { nationalId } from './national-id.ts'

/** German tax id: eleven digits with ISO 7064 MOD 11,10; of the first ten exactly one stands twice or three times. Without gaps only near a word for it. */
export const deSteuerId = nationalId({
  name: 'de-steuer-id',
  firstRun: [2, 11],
  pattern: /[1-9]\d( ?)\d{3}\1\d{3}\1\d{3}(?!\d)/y,
  isValid: (digits) => hasOneRepeated(digits.slice(0, 10)) && passesMod1110(digits),
  score: (written) => (written.includes(' ') ? 0.6 : 0.3),
})

function hasOneRepeated(digits: string): boolean {
  const counts = new Map<string, number>()
  for (const digit of digits) counts.set(digit, (counts.get(digit) ?? 0) + 1)
  const repeated = [...counts.values()].filter((count) => count > 1)
  return repeated.length === 1 && (repeated[0] ?? 0) <= 3
}

function passesMod1110(digits: string): boolean {
  let product = 10
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === Number(digits[10])
}
