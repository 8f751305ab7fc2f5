import { defineRecognizer, type Report } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'
import type { Scan } from '../scan/scan.ts'

const word = "[\\p{Lu}\\d][\\p{L}\\p{M}\\d'’´.-]{0,30}"
/** Also a street when written small. */
const spanish = /^(?:apartado|c ?\/|calle|avda|avenid|plaza|paseo|carrer|ctra|camino|ronda|travesía|passeig)/
/** `12 Baker ` or `1600 North Park `, before the word for a street. */
const leading = /(?<![\w.,$-])\d{1,6}[A-Za-z]?,? (?:(?:\d{1,3}(?:st|nd|rd|th)|\p{Lu}[\p{L}'’-]{0,30}|[NSEW]\.) ){0,4}$/u
const unit = /(?:,? {1,2}(?:Apt|Apartment|Suite|Ste|Unit|Floor|Flat|#)\.? ?#?\w{1,6})?/iy
/** Behind a word that comes first (`Calle`, `rue`): the name, then a number or `s/n`, then floor and door. */
const following = new RegExp(
  `(?:(?<=/)|\\. ?| )(?:(?:de la|de los|de las|del|de|la|las|los|el|d[’'´]|des|du|le|les|y|i) ?)?(?:"?${word}"?[ ,]{1,2}(?:(?:de la|de los|del|de|la|y|i|d[’'´]|des|du|le|les) ?)?){1,6}(?:n[º°o.]{0,2} ?)?(?:\\d{1,4}(?:[-/]\\d{1,4})?[A-Za-zºª]?|s/n)(?!\\d)(?:[ ,.-]{1,3}(?:P?\\d{1,2}[ºª°]?[A-Z]?|[A-Z](?!-)\\b|(?:bajo|izq|izda?|dcha?|piso|esc|portal|pta|bis|ter|puerta)\\.?)(?![\\p{L}\\d])){0,4}`,
  'uy',
)
const chinese =
  /(?:[\u4e00-\u9fff]{2,8}(?:省|自治区))?(?:[\u4e00-\u9fff]{2,8}市)?(?:[\u4e00-\u9fff]{1,8}[区县])?[\u4e00-\u9fff]{1,10}?(?:路|街|大道|巷|弄|胡同)\d{1,5}号?(?:[\u4e00-\u9fff]{0,10}(?:\d{1,4}(?:号楼|栋|幢|单元|室|楼|层|弄|号)|[A-Z]座)){0,4}(?:(?<=座|栋|幢|单元)\d{2,4}室?)?/g
const leadingVerb =
  /^.*?(?:住在|位于|家住|现住|现居|暂住|住|来自|寄[到至往]|送[到至往]|搬到|地[址点][是为]|户籍|籍贯|顺着|在|到|从)/
const yearBefore = /(?:in|since|of|by|until|from) $/i

/** Street addresses in English, Spanish and Chinese: a word for a street, a name and a number. */
export const streetAddress = defineRecognizer({
  name: 'street-address',
  entity: 'ADDRESS',
  search(scan, report) {
    numberFirst(scan, report)
    wordFirst(scan, report)
    if (!scan.hasHan) return
    for (const { 0: found, index } of scan.text.matchAll(chinese)) {
      const verb = leadingVerb.exec(found)?.[0].length ?? 0
      report(index + verb, index + found.length, 0.75)
    }
  },
})

function numberFirst(scan: Scan, report: Report): void {
  const { text } = scan
  const streets = scan.context('street')
  for (let index = 0; index < streets.count; index++) {
    const start = streets.start(index)
    if (!/\p{Lu}/u.test(text[start] ?? '')) continue
    const lead = leading.exec(text.slice(Math.max(0, start - 80), start))?.[0]
    if (lead === undefined || /^\d+,? $/.test(lead)) continue
    const isYear =
      /^(?:19|20)\d{2} /.test(lead) &&
      yearBefore.test(text.slice(Math.max(0, start - lead.length - 6), start - lead.length))
    if (isYear) continue
    const end = streets.end(index)
    const point =
      text[end] === '.' &&
      /^(?:St|Ave|Rd|Ln|Blvd|Dr|Ct|Sq|Hwy|Pl)$/.test(text.slice(start, end)) &&
      text[end + 1] !== '\n'
        ? 1
        : 0
    report(start - lead.length, Math.max(end + point, matchEnd(unit, text, end + point)), 0.75)
  }
}

function wordFirst(scan: Scan, report: Report): void {
  const { text } = scan
  const streets = scan.context('streetBefore')
  let told = 0
  for (let index = 0; index < streets.count; index++) {
    const start = streets.start(index)
    if (start < told || (!/\p{Lu}/u.test(text[start] ?? '') && !spanish.test(text.slice(start, streets.end(index)))))
      continue
    const end = matchEnd(following, text, streets.end(index))
    if (end === -1) continue
    // In French the number comes first: `12 rue de la Paix` ends without one.
    report(start, end, 0.7)
    told = end
  }
}
