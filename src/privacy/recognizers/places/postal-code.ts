import { defineRecognizer, type Report } from '../define-recognizer.ts'
import { valueStart } from '../labelled/labelled-value.ts'
import { isWordUnit, matchEnd } from '../match-at.ts'

const states =
  'A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]'
const afterState = new RegExp(`(?:^|[\\s,])(?:${states}),? $`)
const labelled = /[A-Z0-9]{2,5}(?:[- ]?[A-Z0-9]{3,4})?(?!\w)/y
const british = /[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)/y
const zip = /\d{5}(?:-\d{4})?(?![\w-])/y
const townBehind =
  /\d{5}[.,]?(?: -)? (\p{Lu}[\p{L}\p{M}'’-]+(?: (?:de la |de los |de las |de |del |la |el )?\p{Lu}[\p{L}\p{M}'’-]+){0,3})/uy
const notTown = / (?:E-?mail|Email|Correo|Tel\w*|Tfno|Tlf|Fax|España|Spain|Teléfono|Phone).*$/u

/** Postal codes: behind a label, US ones behind a state, British ones by their form, continental ones before a town when a street or comma leads to them. */
export const postalCode = defineRecognizer({
  name: 'postal-code',
  entity: 'LOCATION',
  search(scan, report) {
    const { text, digits } = scan
    const labels = scan.context('postalCode')
    for (let index = 0; index < labels.count; index++) {
      const start = valueStart(text, labels.end(index))
      const end = start === labels.end(index) ? -1 : matchEnd(labelled, text, start)
      if (end !== -1 && /\d/.test(text.slice(start, end))) report(start, end, 0.85)
    }
    for (let index = 0; index < digits.count; index++) {
      const start = digits.start(index)
      const length = digits.end(index) - start
      if (length === 5 && !isWordUnit(text, start - 1)) {
        const end = matchEnd(zip, text, start)
        if (end !== -1 && afterState.test(text.slice(Math.max(0, start - 6), start))) report(start, end, 0.75)
        else if (end !== -1) reportWithTown(text, start, report)
      } else if (length <= 2 && /[A-Z]/.test(text[start - 1] ?? '')) {
        const first = /[A-Z]/.test(text[start - 2] ?? '') ? start - 2 : start - 1
        const end = isWordUnit(text, first - 1) ? -1 : matchEnd(british, text, first)
        if (end !== -1) report(first, end, 0.7)
      }
    }
  },
})

/** A continental code and the town behind it, where a street, a comma or a line leads to them. */
function reportWithTown(text: string, start: number, report: Report): void {
  if (
    !/(?:[,.;-]|\bs\/n|[\dºª][A-Za-z]?|\b(?:izq|dcha|bajo)|\p{L}|[,.\d]\n) {0,2}(?:E-)?$/u.test(
      text.slice(Math.max(0, start - 8), start),
    )
  )
    return
  townBehind.lastIndex = start
  const found = townBehind.exec(text)
  const town = found?.[1]?.replace(notTown, '')
  if (found === null || town === undefined || /^(?:E|Email|Correo|Tel\w*|Tfno|Fax)$/.test(town)) return
  report(start, start + 5, 0.55)
  const townStart = start + found[0].length - (found[1]?.length ?? 0)
  report(townStart, townStart + town.length, 0.5)
}
