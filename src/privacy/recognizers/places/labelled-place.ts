import { defineRecognizer } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'

const joint = /["'*)]{0,3}[ \t]{0,4}[:：=][ \t\u3000]{0,8}["'*]{0,2}/y
const place = /[\p{Lu}\u4e00-\u9fff][\p{L}\p{M}'’´ ()/-]{1,48}/uy

/** Towns, provinces and countries behind a label: `City: Leeds`, `Localidad/ Provincia: Madrid`, `籍贯：山东`. */
export const labelledPlace = defineRecognizer({
  name: 'labelled-place',
  entity: 'LOCATION',
  search(scan, report) {
    const { text } = scan
    const labels = scan.context('place')
    for (let index = 0; index < labels.count; index++) {
      const from = matchEnd(joint, text, labels.end(index))
      const end = from === -1 ? -1 : matchEnd(place, text, from)
      if (end === -1) continue
      const written = text.slice(from, end).replace(/(?: (?:Edad|Sexo|CP|Zip)\b.*| +)$/u, '')
      report(from, from + written.length, 0.7)
      const comma = matchEnd(/, /y, text, end)
      const second = comma === -1 ? -1 : matchEnd(place, text, comma)
      if (second !== -1) report(comma, second, 0.6)
    }
  },
})
