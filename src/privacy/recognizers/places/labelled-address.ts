import { defineRecognizer } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'

const joint = /["'*)]{0,3}[ \t]{0,4}(?:[:：=]|is(?: now)? |es |ist |est |在|是)[ \t\u3000]{0,8}["'*]{0,2}/y
const line = /[^\n"<>{}|。；;?!]{4,120}/y

/** What stands behind a label for an address, to the end of the line or sentence, when it has a number in it. */
export const labelledAddress = defineRecognizer({
  name: 'labelled-address',
  entity: 'ADDRESS',
  search(scan, report) {
    const { text } = scan
    const labels = scan.context('addressLabel')
    for (let index = 0; index < labels.count; index++) {
      const from = matchEnd(joint, text, labels.end(index))
      const most = from === -1 ? -1 : matchEnd(line, text, from)
      if (
        most === -1 ||
        /(?:ip|mac|e-?mail|web|memory|url|http)[ -]?$/i.test(
          text.slice(Math.max(0, labels.start(index) - 7), labels.start(index)),
        )
      )
        continue
      const written = text
        .slice(from, most)
        .replace(/(?<=[^\s.]{3})\. .*$/s, '')
        .replace(/ +(?:for|and|in case|as soon)\b.*$/s, '')
        .replace(/[\s.,)]+$/, '')
      if (/\d|s\/n/i.test(written) && !/[@=]|:\/\/|^\d+(?:\.\d+){3}/.test(written))
        report(from, from + written.length, 0.75)
    }
  },
})
