import { defineRecognizer } from '../define-recognizer.ts'

const word = "[\\p{Lu}\\d][\\p{L}\\p{M}\\d'’&.º-]{0,30}"
const particle = '(?:de la|de los|de las|del|de|la|y|i|d’|of the|of|and|für|und)'
const name = new RegExp(`(?: (?:${particle} )?(?:["“«][^"”»\\n]{2,40}["”»]|${word})){1,7}`, 'uy')
const stop =
  / (?:(?:de |del |de la |y )?(?:Servicio|Sección|Unidad|Departamento|Carretera|Ctra|Avda?|Av|Avenida|Calle|C|Plaza|Paseo|Pº|E-?mail|Email|Correo|Tel\w*|Tfno|Fax|España|[\p{L}]*(?:ología|ologia|iatría|ugía)|\d{3,}))(?![\p{L}\d]).*$/u
const before = new RegExp(`(?:${word} |& ){1,4}$`, 'u')

/** Hospitals, universities and the like by the word they begin with, companies by the form they end with. */
export const organization = defineRecognizer({
  name: 'organization',
  entity: 'ORGANIZATION',
  search(scan, report) {
    const { text } = scan
    const heads = scan.context('organizationBefore')
    let told = 0
    for (let index = 0; index < heads.count; index++) {
      const start = heads.start(index)
      if (start < told || !/\p{Lu}/u.test(text[start] ?? '')) continue
      name.lastIndex = heads.end(index)
      const rest = name.exec(text)?.[0]
      if (rest === undefined) continue
      told =
        heads.end(index) +
        rest
          .replace(stop, '')
          .replace(/(?<=[\p{L}\d]{3})[.,-] .*$|[.,-]$/u, '')
          .trimEnd().length
      report(start, told, 0.6)
    }
    const tails = scan.context('organizationAfter')
    for (let index = 0; index < tails.count; index++) {
      const tail = text.slice(tails.start(index), tails.end(index))
      if (!/^\p{Lu}/u.test(tail)) continue
      const lead = text.slice(Math.max(0, tails.start(index) - 80), tails.start(index)).replace(/,? $/, ' ')
      const found = before.exec(lead)?.[0]
      if (found === undefined || /^(?:The|A|An|This|Our|In|For|At|Dra?\.) $/.test(found)) continue
      // In Spanish the word comes first: what stands before it is something else.
      if (
        /^(?:Hospital|Clinic|University)/.test(tail) &&
        /^ (?:de|del|\p{Lu})/u.test(text.slice(tails.end(index), tails.end(index) + 4))
      )
        continue
      const end = tails.end(index) + (text[tails.end(index)] === '.' ? 1 : 0)
      report(
        tails.start(index) - found.length,
        end,
        /^(?:Company|Limited|Hospital|Clinic|University)/.test(tail) ? 0.5 : 0.65,
      )
    }
  },
})
