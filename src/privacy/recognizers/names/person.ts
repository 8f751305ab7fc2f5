import { defineRecognizer, type Report } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'
import type { Scan } from '../scan/scan.ts'
import { readName } from './capitalised.ts'

const titleJoint = /[.:]?[ \u00a0]{0,2}/y
const namedPlace = /(?:\b(?:del|de|Calle|Hospital|Universitario|Avda?\.?|Av\.?|Plaza|Paseo|Clínica|Avenida|Street)) $/
const labelJoint = /["'*)]{0,3}[ \t]{0,4}(?:[:：=]|is |es |ist |est )[ \t]{0,8}["'*]{0,2}/y
const phraseJoint = /[,:]?[ ]{1,2}/y
const looseName = /\p{L}{2,20}(?: \p{L}{2,20})?(?=[.,!?;\n]|$)/uy
/** `File name: X` names a file. */
const namedThing =
  /(?:user|login|account|display|module|file|folder|host|domain|computer|server|service|type|class|function|variable|command|process|property|parameter|assembly|group|path|key|event|log|table|column|package|repository|branch|image|container|product|app|application|device|machine|volume|drive|object|element|tag|project|company|brand|street|place|site|script|provider|friendly|common|subject|instance|resource|job|task|feature|alias|schema|database)[ _-]$|\*\*$/i
const longestName = 5

/** Names behind a title, a label or a phrase such as `my name is`. Names that nothing announces are for the name model. */
export const person = defineRecognizer({
  name: 'person',
  entity: 'PERSON',
  search(scan, report) {
    behindTitles(scan, report)
    behindLabels(scan, report)
    behindPhrases(scan, report)
  },
})

function behindTitles(scan: Scan, report: Report): void {
  const { text } = scan
  const titles = scan.context('personTitle')
  for (let index = 0; index < titles.count; index++) {
    const end = titles.end(index)
    const word = text.slice(titles.start(index), end)
    if (!/^\p{Lu}/u.test(word) && !/^(?:don|doña|dña|señora?|mrs?|ms|dra?)$/.test(word)) continue
    // A street or a hospital may be called after a doctor.
    if (namedPlace.test(text.slice(Math.max(0, titles.start(index) - 14), titles.start(index)))) continue
    // A lone D is a title in Spanish with its point only; Dr behind a street name is a drive.
    if ((word === 'D' || word === 'd') && text[end] !== '.') continue
    const name = readName(text, Math.max(end, matchEnd(titleJoint, text, end)), longestName)
    if (name !== undefined && name.start > end) report(name.start, name.end, 0.8)
  }
}

function behindLabels(scan: Scan, report: Report): void {
  const { text } = scan
  const labels = scan.context('personLabel')
  for (let index = 0; index < labels.count; index++) {
    const from = matchEnd(labelJoint, text, labels.end(index))
    if (from === -1 || /[\w$/.]/.test(text[labels.start(index) - 1] ?? ' ')) continue
    if (namedThing.test(text.slice(Math.max(0, labels.start(index) - 16), labels.start(index)))) continue
    const behindTitle = matchEnd(/(?:Mrs?|Ms|Miss|Dra?|Prof|Sra?|D|Dª|Dña|Herr|Frau|Mme|M)\.?[ ]{1,2}/y, text, from)
    const name = readName(text, Math.max(from, behindTitle), longestName + 1)
    if (name?.words === 1 && /[="']/.test(text.slice(labels.end(index), from))) continue
    if (name !== undefined && !isCode(text.slice(name.start, name.end))) report(name.start, name.end, 0.75)
  }
}

function behindPhrases(scan: Scan, report: Report): void {
  const { text } = scan
  const phrases = scan.context('personPhrase')
  for (let index = 0; index < phrases.count; index++) {
    const start = phrases.start(index)
    const from = matchEnd(phraseJoint, text, phrases.end(index))
    if (from === -1) continue
    const name = readName(text, from, 3)
    const isIntroduction = / (?:name|is|llamo|nombre|llama|heiße|appelle)\b|'s/i.test(
      text.slice(start, phrases.end(index)),
    )
    if (name !== undefined) {
      // `Hello World` greets nobody; `Hello Ana,` does.
      const isAddressed = /^(?:[,!.:;\n]|$)/.test(text.slice(name.end, name.end + 1))
      report(name.start, name.end, isIntroduction ? 0.85 : isAddressed ? 0.5 : 0.3)
    } else if (isIntroduction && /^my|^me|^mi|^ich|^je/i.test(text.slice(start, start + 3))) {
      const end = matchEnd(looseName, text, from)
      if (end !== -1) report(from, end, 0.6)
    }
  }
}

/** Words in capitals with digits or inner capitals are names of things. */
function isCode(name: string): boolean {
  return /\p{Ll}\p{Lu}|_|\d/u.test(name.replaceAll(/\b(?:Mc|Mac|De|Di|La|O['’])(?=\p{Lu})/gu, ''))
}
