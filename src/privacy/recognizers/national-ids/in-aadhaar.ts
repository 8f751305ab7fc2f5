import { nationalId } from './national-id.ts'

const multiply = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
]
const permute = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
]

/** Indian Aadhaar numbers: twelve digits that do not begin with 0 or 1, with a Verhoeff check digit. Without gaps only near a word for it. */
export const inAadhaar = nationalId({
  name: 'in-aadhaar',
  firstRun: [4, 12],
  pattern: /[2-9]\d{3}([ -]?)\d{4}\1\d{4}(?![ -]?\d)/y,
  isValid: passesVerhoeff,
  score: (written) => (written.length > 12 ? 0.7 : 0.3),
})

function passesVerhoeff(digits: string): boolean {
  let check = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    check = Number(multiply[check]?.[Number(permute[index % 8]?.[digit])])
  }
  return check === 0
}
