import { defineRecognizer } from '../define-recognizer.ts'

const number = /(?<![\w.,$-])\d{1,4}(?: ?(?:bis|ter))?,? $/i
const name =
  /(?: (?:de la|de l['’]|des|du|de|la|le|les|d['’])? ?\p{Lu}[\p{L}\p{M}'’-]{1,30}){1,4}|(?: [\p{Ll}é'’-]{2,20}){1,3}(?=[,.\n]|$)/uy

/** French street addresses, number first: `12 rue de la Paix`, `8 bis, avenue Victor Hugo`. */
export const frenchAddress = defineRecognizer({
  name: 'french-address',
  entity: 'ADDRESS',
  search(scan, report) {
    const { text } = scan
    const streets = scan.context('streetBefore')
    for (let index = 0; index < streets.count; index++) {
      const start = streets.start(index)
      const lead = number.exec(text.slice(Math.max(0, start - 12), start))?.[0]
      if (lead === undefined || lead.length > start) continue
      name.lastIndex = streets.end(index)
      const rest = name.exec(text)?.[0]
      if (rest !== undefined) report(start - lead.length, streets.end(index) + rest.length, 0.7)
    }
  },
})
