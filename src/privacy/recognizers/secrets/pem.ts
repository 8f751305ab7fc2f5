import { defineRecognizer } from '../define-recognizer.ts'

const opening = '-----BEGIN '
const closing = '-----END '

/** Private keys in PEM armour, from BEGIN to END; one that is cut off counts to the end of the text. Certificates and public keys are no secrets. */
export const pem = defineRecognizer({
  name: 'pem',
  entity: 'SECRET',
  search({ text }, report) {
    for (let at = text.indexOf(opening); at !== -1; ) {
      const name = text.slice(at + opening.length, at + opening.length + 40)
      const close = text.indexOf(closing, at + opening.length)
      const line = close === -1 ? -1 : text.indexOf('-----', close + closing.length)
      const end = line === -1 ? text.length : line + 5
      if (/^[A-Z0-9 ]*PRIVATE KEY/.test(name)) report(at, end, 1)
      at = text.indexOf(opening, end)
    }
  },
})
