import { defineRecognizer } from './define-recognizer.ts'
import { isWordUnit, matchEnd } from './match-at.ts'
import { isNear } from './scan/nearby.ts'

const number = /\d(?:[ -]?\d){11,18}(?!\d|[ -]\d{3,})/y
/** In groups as they stand on cards, with wider gaps. */
const grouped = /(?:\d{4}(?:[ \t-]{1,3}\d{4}){3}|\d{4}[ \t-]{1,3}\d{6}[ \t-]{1,3}\d{5})(?!\d|[ \t-]{1,3}\d{3,})/y

/** Payment card numbers: 12 to 19 digits of a known network with a valid check digit (ISO/IEC 7812, Luhn). */
export const paymentCard = defineRecognizer({
  name: 'payment-card',
  entity: 'CREDIT_CARD',
  search(scan, report) {
    const { text, digits } = scan
    let told = 0
    for (let index = 0; index < digits.count; index++) {
      const start = digits.start(index)
      if (start < told || isWordUnit(text, start - 1) || text[start - 1] === '.') continue
      const close = matchEnd(number, text, start)
      const end = close === -1 ? matchEnd(grouped, text, start) : close
      if (end === -1 || isWordUnit(text, end)) continue
      const compact = text.slice(start, end).replaceAll(/\D/g, '')
      if (!isOfNetwork(compact) || !passesLuhn(compact)) continue
      report(start, end, isNear(scan, 'card', { start, end }, { before: 60 }) ? 1 : 0.85)
      told = end
    }
  },
})

/** Prefix and length of Visa, Mastercard, American Express, Discover, Diners, JCB, Maestro, UnionPay. */
function isOfNetwork(digits: string): boolean {
  return /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800)\d{11}|35\d{14}|62\d{14,17}|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15})$/.test(
    digits,
  )
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const weighed = index % 2 === 1 ? digit * 2 : digit
    sum += weighed > 9 ? weighed - 9 : weighed
  }
  return sum % 10 === 0
}
