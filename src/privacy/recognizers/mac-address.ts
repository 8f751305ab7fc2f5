import { defineRecognizer } from './define-recognizer.ts'
import { matchEnd } from './match-at.ts'

const separated = ':-'
  .split('')
  .map((joint) => [joint, new RegExp(`[0-9A-Fa-f]{2}(?:${joint}[0-9A-Fa-f]{2}){5}(?![\\w:-])`, 'y')] as const)

/** Hardware addresses of six pairs joined by `:` or `-`. */
export const macAddress = defineRecognizer({
  name: 'mac-address',
  entity: 'MAC_ADDRESS',
  search({ text }, report) {
    for (const [joint, pattern] of separated) {
      for (let at = text.indexOf(joint); at !== -1; at = text.indexOf(joint, at + 1)) {
        if (at < 2 || /[\w:-]/.test(text[at - 3] ?? ' ')) continue
        const end = matchEnd(pattern, text, at - 2)
        if (end === -1) continue
        report(at - 2, end, 0.9)
        at = end
      }
    }
  },
})
