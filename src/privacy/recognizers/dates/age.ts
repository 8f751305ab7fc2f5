import { defineRecognizer, type ScanRecognizer } from '../define-recognizer.ts'
import { valueStart } from '../labelled/labelled-value.ts'
import { isWordUnit, matchEnd } from '../match-at.ts'
import { isNear } from '../scan/nearby.ts'

/** Which ages count: HIPAA's Safe Harbor names those over 89, a clinic may want all. */
export type AgesCounted = 'over-89' | 'all'

const unitBehind =
  /[ -]{0,2}(?:years?[ -]old|years? of age|yrs?[ -]old|y\/?o(?!\w)|year[ -]old|años|ans(?!\w)|Jahre (?:alt|jung)|-?jährig\w{0,2}|Jahre(?= )|周?岁)/iy
const smallUnitBehind =
  /[ -]?(?:meses|mes(?!\w)|semanas|días|months? old|weeks? old|days? old|Monate alt|mois(?!\w)|个?月大)(?: de (?:edad|vida))?/iy
const durationBehind =
  /^ (?:de (?!edad)|del? (?:la|el|los|las|su|tratamiento|trasplante)|del |después|antes|más|mas|tras|previos?|previamente|posteri|sin |of experience|later|ago|vor|nach)/
const durationBefore =
  /(?:hac[eí]a?|durante|desde hace|tras|trascurrid[oa]s?|últimos|cada|unos|primeros|después de|dentro de|más de|menos de|for|since|seit) $/i
const labelledUnit = / {0,2}(?:(?:años?|years?|months?|mes(?:es)?|d[ií]as|semanas|Jahre|ans|[aA])(?![\w])|岁)/iy

/** Ages by unit or label: `93 years old`, `Edad: 93`, `93岁`. */
export function createAge({ ages }: { readonly ages: AgesCounted }): ScanRecognizer {
  const least = ages === 'all' ? 0 : 90
  return defineRecognizer({
    name: 'age',
    entity: 'AGE',
    search(scan, report) {
      const { text, digits } = scan
      for (let index = 0; index < digits.count; index++) {
        const start = digits.start(index)
        const value = Number(text.slice(start, digits.end(index)))
        if (digits.end(index) - start > 3 || value > 125 || isWordUnit(text, start - 1)) continue
        if (/[.,$€/-]/.test(text[start - 1] ?? ' ') && !/^[^\d]/.test(text[start - 2] ?? ' ')) continue
        const inYears = matchEnd(unitBehind, text, digits.end(index))
        const inLess = ages === 'all' && inYears === -1 ? matchEnd(smallUnitBehind, text, digits.end(index)) : -1
        const end = Math.max(inYears, inLess)
        if (end === -1 || (inYears !== -1 && value < least) || isDuration(text, start, end)) continue
        if (inLess !== -1 && !/edad|vida|old|alt/.test(text.slice(start, end))) continue
        report(start, end, 0.8)
      }
      const labels = scan.context('age')
      for (let index = 0; index < labels.count; index++) {
        const start = valueStart(text, labels.end(index))
        const end = matchEnd(/\d{1,3}(?![\d.,/]\d|\w)/y, text, start)
        if (end === -1 || start === labels.end(index) || Number(text.slice(start, end)) < least) continue
        const withUnit = matchEnd(labelledUnit, text, end)
        report(start, Math.max(end, withUnit), isNear(scan, 'notPersonal', { start, end }) ? 0.3 : 0.85)
      }
    },
  })
}

/** Time that has passed is no age: `hace 93 años`, `93 años de evolución`. */
function isDuration(text: string, start: number, end: number): boolean {
  return (
    durationBehind.test(text.slice(end, end + 20)) || durationBefore.test(text.slice(Math.max(0, start - 16), start))
  )
}
