import { defineRecognizer } from '../define-recognizer.ts'

/** Names of countries that are also names of people, things or other places. */
const ambiguous = new Set(['Jordan', 'Chad', 'Georgia', 'Turkey', 'China', 'Island', 'Iran', 'Mali', 'Guinea', 'Polen'])

/** Names of countries in English, Spanish, German and French and of large cities and provinces, written with a capital. */
export const placeName = defineRecognizer({
  name: 'place-name',
  entity: 'LOCATION',
  search(scan, report) {
    const { text } = scan
    for (const kind of ['country', 'city'] as const) {
      const names = scan.context(kind)
      for (let index = 0; index < names.count; index++) {
        const [start, end] = [names.start(index), names.end(index)]
        if (!/\p{Lu}/u.test(text[start] ?? '') || /[\w-]/.test(text[end] ?? ' ')) continue
        report(start, end, ambiguous.has(text.slice(start, end)) ? 0.3 : 0.5)
      }
    }
  },
})
