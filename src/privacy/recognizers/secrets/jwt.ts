import { defineRecognizer } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'

const token = /eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{4,8000}(?:\.[A-Za-z0-9_-]{0,8000})?/y

/** JSON web tokens: a base64url header that begins a JSON object, a payload, a signature. */
export const jwt = defineRecognizer({
  name: 'jwt',
  entity: 'SECRET',
  search({ text }, report) {
    for (let at = text.indexOf('eyJ'); at !== -1; at = text.indexOf('eyJ', at + 1)) {
      if (/[\w-]/.test(text[at - 1] ?? ' ')) continue
      const end = matchEnd(token, text, at)
      if (end === -1) continue
      report(at, end, 0.98)
      at = end
    }
  },
})
