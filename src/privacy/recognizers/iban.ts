import { defineRecognizer } from './define-recognizer.ts'
import { hasIbanChecksum, ibanLength } from './iban-structure.ts'
import { isWordUnit } from './match-at.ts'
import { isNear } from './scan/nearby.ts'

/** International bank account numbers (ISO 13616) of their country's length. With a wrong checksum only near a word for an account. */
export const iban = defineRecognizer({
  name: 'iban',
  entity: 'IBAN_CODE',
  search(scan, report) {
    const { text, digits } = scan
    for (let index = 0; index < digits.count; index++) {
      const start = digits.start(index) - 2
      if (start < 0 || digits.end(index) < start + 4 || isWordUnit(text, start - 1)) continue
      const length = ibanLength(text.slice(start, start + 2))
      const end = length === undefined ? -1 : endOf(text, start, length)
      if (end === -1 || isWordUnit(text, end)) continue
      if (hasIbanChecksum(text.slice(start, end).replaceAll(/[ \t-]/g, ''))) report(start, end, 1)
      else if (isNear(scan, 'iban', { start, end })) report(start, end, 0.6)
    }
  },
})

/** Where so many letters and digits end that gaps may part, or -1. */
function endOf(text: string, start: number, length: number): number {
  let at = start
  for (let count = 0; count < length; at++) {
    if (/[A-Za-z0-9]/.test(text[at] ?? '')) count++
    else if (!/^[ \t-]{1,2}[A-Za-z0-9]/.test(text.slice(at, at + 3))) return -1
  }
  return at
}
