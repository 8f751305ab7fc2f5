import { defineRecognizer } from '../define-recognizer.ts'

const street =
  /\p{Lu}[\p{L}-]{1,30}(?:straße|strasse|str\.|weg|gasse|platz|allee|ufer|damm|(?: |-)(?:Straße|Str\.|Platz|Allee|Weg|Ring))$/u
const houseNumber = /\d{1,4} ?[a-z]?(?![\w.,]\d|\w)/y

/** German street addresses: a name that ends in a word for a street, and a house number. */
export const germanAddress = defineRecognizer({
  name: 'german-address',
  entity: 'ADDRESS',
  search({ text, digits }, report) {
    for (let index = 0; index < digits.count; index++) {
      const start = digits.start(index)
      if (text[start - 1] !== ' ' || !/[egtzrm.]/.test(text[start - 2] ?? '')) continue
      const name = street.exec(text.slice(Math.max(0, start - 48), start - 1))?.[0]
      houseNumber.lastIndex = start
      if (name !== undefined && houseNumber.test(text)) report(start - 1 - name.length, houseNumber.lastIndex, 0.7)
    }
  },
})
