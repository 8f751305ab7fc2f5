import { defineRecognizer, type Report } from '../define-recognizer.ts'
import { isWordUnit, matchEnd } from '../match-at.ts'
import { isNear } from '../scan/nearby.ts'
import type { Scan } from '../scan/scan.ts'
import { isDialable, isInternational } from './numbering-plans.ts'

const number = /(?:\+ ?|00)?\(?\+?\d{1,15}\)?(?:(?:[-./]|\. ?|[ \u00a0])?\(?\d{1,12}\)?){0,7}/y
const extension = / ?(?:x|ext\.? ?|extension |#|转)\d{1,6}/iy
const northAmerican = /^\(?\d{3}\)?[-. ]{0,2}\d{3}[-. ]\d{4}$/
const notPhone =
  /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,3}(?:[.,]\d{3})+|\d+\.\d+|\d{4}[-–/]\d{4}|\d{1,3}[ .,-]{1,3}\d{5})$/

/** Telephone and fax numbers: international ones of every region, national ones as they are written, any digits near a word for a telephone. */
export const phone = defineRecognizer({
  name: 'phone',
  entity: 'PHONE_NUMBER',
  search(scan, report) {
    const { text, digits } = scan
    let told = 0
    for (let index = 0; index < digits.count; index++) {
      if (!hasEnoughDigits(scan, index)) continue
      const start = numberStart(text, digits.start(index), told)
      if (start < told || isWordUnit(text, start - 1) || isBound(text, start)) continue
      const most = matchEnd(number, text, start)
      if (most === -1) continue
      told = Math.max(told, most)
      judge(scan, start, trimmed(text, start, most), report)
    }
  },
})

/** False, cheaply, for the many numbers that end before they have six digits. */
function hasEnoughDigits({ text, digits }: Scan, first: number): boolean {
  let count = digits.end(first) - digits.start(first)
  for (let index = first; count < 6; index++) {
    const gap = digits.start(index + 1) - digits.end(index)
    if (index + 1 >= digits.count || gap > 3) return false
    for (let at = digits.end(index); at < digits.start(index + 1); at++) {
      if (!isJoint(text.charCodeAt(at))) return false
    }
    count += digits.end(index + 1) - digits.start(index + 1)
  }
  return true
}

/** Space, no-break space, and `( ) + - . /`. */
function isJoint(code: number): boolean {
  return code === 32 || code === 160 || code === 40 || code === 41 || code === 43 || (code >= 45 && code <= 47)
}

/** True for a piece of a longer number, version or path. */
function isBound(text: string, start: number): boolean {
  if (/[-/<*$#^]/.test(text[start - 1] ?? '')) return true
  return /[.:=]/.test(text[start - 1] ?? '') && text[start] !== '+' && !/\p{L}/u.test(text[start - 2] ?? '')
}

/** A plus sign or an opening bracket belongs to the number. */
function numberStart(text: string, digit: number, told: number): number {
  let start = digit
  if (start > told && text[start - 1] === '(') start--
  if (start > told && text[start - 1] === '+') start--
  if (start > told && text[start - 1] === '(') start--
  return start
}

/** Without an opening bracket that nothing closes, nor digits that go on as letters. */
function trimmed(text: string, start: number, most: number): number {
  let end = most
  const written = text.slice(start, most)
  const open = written.lastIndexOf('(')
  if (open > 0 && !written.includes(')', open)) end = start + open
  while (end > start && !/[\d)]/.test(text[end - 1] ?? '')) end--
  return end
}

function judge(scan: Scan, start: number, end: number, report: Report): void {
  const { text } = scan
  const written = text.slice(start, end)
  const count = written.replaceAll(/\D/g, '').length
  if (count < 6 || count > 16 || notPhone.test(written)) return
  const withExtension = matchEnd(extension, text, end)
  const last = withExtension === -1 ? end : withExtension
  if (isWordUnit(text, last) || /[=*%^>$]/.test(text[last] ?? '')) return
  const isNamed = isNear(scan, 'phone', { start, end: last }, { before: 24, after: 10 })
  const score = scoreOf(written, { isNamed, hasExtension: withExtension !== -1, isChinese: scan.hasHan })
  if (score > 0) report(start, last, score)
}

interface Surroundings {
  readonly isNamed: boolean
  readonly hasExtension: boolean
  readonly isChinese: boolean
}

function scoreOf(written: string, { isNamed, hasExtension, isChinese }: Surroundings): number {
  if (/^\(?(?:\+|00)/.test(written)) {
    if (isInternational(written)) return 0.85
    return isNamed || hasExtension ? 0.7 : /^\+\d{1,3}[ (.-]/.test(written) && written.length > 9 ? 0.5 : 0
  }
  if (isNamed || hasExtension) return 0.75
  if (northAmerican.test(written)) return 0.7
  if (isChinese && /^1[3-9]\d{9}$/.test(written)) return 0.5
  return /[ ()/.-]/.test(written) && isDialable(written) ? 0.5 : 0
}
