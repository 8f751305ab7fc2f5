import { defineRecognizer } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'
import { isNear } from '../scan/nearby.ts'

const dayBefore = /(?<![\w.,-])(\d{1,2})(?:st|nd|rd|th|º|er|\.)?[ \t-](?:of |de )?$/i
const yearAfter = /(?:-|\.?,? )(?:de |del |del año |of )?(?:1[89]\d{2}|20\d{2})(?![\w-])/y
const dayAfter = / (?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\w.:%]\d|\w)(?:,? (?:1[89]\d{2}|20\d{2})(?!\w))?/y

/** Dates with the name of a month and a day or a year: `12 de marzo de 1980`, `March 12, 1980`, `mayo de 2005`. A year alone is no date. */
export const writtenDate = defineRecognizer({
  name: 'written-date',
  entity: 'DATE',
  search(scan, report) {
    const { text } = scan
    const months = scan.context('month')
    for (let index = 0; index < months.count; index++) {
      const name = { start: months.start(index), end: months.end(index) }
      const before = dayBefore.exec(text.slice(Math.max(0, name.start - 10), name.start))
      const start = before === null ? name.start : name.start - before[0].length
      const withYear = matchEnd(yearAfter, text, name.end)
      const withDay = before === null && /[A-Z]/.test(text[name.start] ?? '') ? matchEnd(dayAfter, text, name.end) : -1
      const end = Math.max(withYear, withDay, before === null || Number(before[1]) > 31 ? -1 : name.end)
      if (end === -1 || (end === name.end && isAmbiguous(text.slice(name.start, name.end)))) continue
      const isPersonal = isNear(scan, 'birth', { start, end }) || isNear(scan, 'personalDate', { start, end })
      const isDocument = isNear(scan, 'documentDate', { start, end }, { before: 12 })
      report(start, end, isPersonal ? 0.9 : isDocument ? 0.3 : 0.6)
    }
  },
})

/** Words that are also something else: `3 may` is a month only with a capital. */
function isAmbiguous(name: string): boolean {
  return /^(?:may|march|mar|dec|sep|mars|jan|jun)$/.test(name)
}
