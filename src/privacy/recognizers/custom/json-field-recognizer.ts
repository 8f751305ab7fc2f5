import type { Finding, Recognizer } from '../recognizer.ts'
import type { CustomRecognizer } from './custom-recognizers.ts'
import { stringEnd, valueEnd } from './json-value.ts'

const blank = /[ \t\r\n]/

/** A recognizer for the values of named JSON fields, wherever JSON stands in the text: the inside of a string, or the whole of another value. */
export function jsonFieldRecognizer({
  name,
  entity,
  score,
  fields,
}: Extract<CustomRecognizer, { kind: 'json-field' }>): Recognizer {
  const wanted = new Set(fields)
  const longest = Math.max(...fields.map((field) => JSON.stringify(field).length))
  return {
    name,
    entities: [entity],
    find(text) {
      const findings: Finding[] = []
      for (let quote = text.indexOf('"'); quote !== -1; ) {
        const end = stringEnd(text, quote)
        const value = fieldValue(text, { quote, end, wanted, longest })
        if (value !== undefined && value.end > value.start) findings.push({ entity, ...value, score, recognizer: name })
        quote = text.indexOf('"', value === undefined ? Math.max(end, quote + 1) : value.next)
      }
      return findings
    },
  }
}

interface Field {
  readonly quote: number
  readonly end: number
  readonly wanted: ReadonlySet<string>
  readonly longest: number
}

/** The value behind a wanted field's name, and where to read on. */
function fieldValue(text: string, { quote, end, wanted, longest }: Field) {
  if (end - quote > longest || !wanted.has(text.slice(quote + 1, end - 1))) return undefined
  let at = end
  while (blank.test(text[at] ?? '')) at++
  if (text[at] !== ':') return undefined
  at++
  while (blank.test(text[at] ?? '')) at++
  const next = valueEnd(text, at)
  if (text[at] !== '"') return { start: at, end: next, next }
  // A string that is cut off has no closing quote.
  const isClosed = next - 1 > at && text[next - 1] === '"'
  return { start: at + 1, end: isClosed ? next - 1 : next, next }
}
