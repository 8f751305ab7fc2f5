import { defineRecognizer, type Report } from '../define-recognizer.ts'
import { isWordUnit, matchEnd } from '../match-at.ts'
import { isNear } from '../scan/nearby.ts'
import type { Scan } from '../scan/scan.ts'

const month = '(?:0?[1-9]|1[0-2])'
const day = '(?:0?[1-9]|[12]\\d|3[01])'
const year = '(?:1[89]\\d{2}|20\\d{2})'
const time = '(?:[T ][0-2]?\\d:[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?'

/** Numeric forms; each is sticky and bounded. */
const numeric = [
  new RegExp(`${year}([-/.])${month}\\1${day}(?!\\d)${time}`, 'y'),
  new RegExp(`${day}([-/.])${month}\\1(?:${year}|\\d{2}(?![\\d/-]))(?!\\d)${time}`, 'y'),
  new RegExp(`${month}([-/.])${day}\\1(?:${year}|\\d{2}(?![\\d/-]))(?!\\d)${time}`, 'y'),
  new RegExp(`${year} ?年 ?${month} ?月(?: ?${day} ?[日号])?`, 'y'),
  new RegExp(`${month} ?月 ?${day} ?[日号]`, 'y'),
]

/** Calendar dates as numbers in the usual orders. A word for a birth, a stay or a death raises the score, one for a document lowers it. */
export const date = defineRecognizer({
  name: 'date',
  entity: 'DATE',
  search(scan, report) {
    const { text, digits } = scan
    let told = 0
    for (let index = 0; index < digits.count; index++) {
      const start = digits.start(index)
      if (start < told || digits.end(index) - start > 4 || isPart(text, start - 1)) continue
      if (!/[-/.年月 ]/.test(text[digits.end(index)] ?? '')) continue
      for (const pattern of numeric) {
        const end = matchEnd(pattern, text, start)
        if (end === -1 || isPart(text, end) || /^[-/]\d|^\.\d/.test(text.slice(end, end + 2))) continue
        reportDate(scan, start, end, report)
        told = end
        break
      }
    }
  },
})

/** Two-digit years with dots or dashes may be versions or sums: they need a word for a date. */
function reportDate(scan: Scan, start: number, end: number, report: Report): void {
  const isPersonal =
    isNear(scan, 'birth', { start, end }) || isNear(scan, 'personalDate', { start, end }, { before: 40 })
  const hasYear = /\d{4}|\d\/\d+\/\d|月/.test(scan.text.slice(start, end))
  const isDay = /(?:\b(?:el|del|día|on|le|am|den|date:|fecha:)) $/i.test(scan.text.slice(Math.max(0, start - 7), start))
  const isDocument = isNear(scan, 'documentDate', { start, end }, { before: 12 })
  report(start, end, isPersonal ? 0.9 : isDocument || !(hasYear || isDay) ? 0.3 : 0.65)
}

function isPart(text: string, index: number): boolean {
  return isWordUnit(text, index) || (index >= 0 && /[$€£]/.test(text[index] ?? ''))
}
