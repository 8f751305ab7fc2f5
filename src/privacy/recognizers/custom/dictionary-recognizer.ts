import type { Finding, Recognizer } from '../recognizer.ts'
import type { CustomRecognizer } from './custom-recognizers.ts'

const wordUnit = /[\p{L}\p{N}_]/u
const hanUnit = /[\u3400-\u9fff]/

interface Entries {
  /** Folded entries, the longest first. */
  readonly phrases: readonly string[]
}

/** A recognizer for listed words and phrases, found where no letter or digit touches them; Chinese ones anywhere. */
export function dictionaryRecognizer({
  name,
  entity,
  score,
  words,
  ignoreCase,
}: Extract<CustomRecognizer, { kind: 'dictionary' }>): Recognizer {
  const fold = ignoreCase ? foldCase : (text: string) => text
  const byBeginning = groupByBeginning(words.map(fold))
  return {
    name,
    entities: [entity],
    find(text) {
      const folded = fold(text)
      const findings: Finding[] = []
      for (let at = 0; at < folded.length - 1; at++) {
        const entries = byBeginning.get(folded.charCodeAt(at) * 65_536 + folded.charCodeAt(at + 1))
        const found = entries?.phrases.find(
          (phrase) => folded.startsWith(phrase, at) && isWhole(folded, at, phrase.length),
        )
        if (found === undefined) continue
        findings.push({ entity, start: at, end: at + found.length, score, recognizer: name })
        at += found.length - 1
      }
      return findings
    },
  }
}

function groupByBeginning(phrases: readonly string[]): ReadonlyMap<number, Entries> {
  const groups = Map.groupBy(new Set(phrases), (phrase) => phrase.charCodeAt(0) * 65_536 + phrase.charCodeAt(1))
  return new Map(
    [...groups].map(([key, members]) => [key, { phrases: members.toSorted((a, b) => b.length - a.length) }]),
  )
}

/** Lower case, unit by unit where the whole would change the length. */
function foldCase(text: string): string {
  const folded = text.toLowerCase()
  if (folded.length === text.length) return folded
  return [...text].map((unit) => (unit.toLowerCase().length === unit.length ? unit.toLowerCase() : unit)).join('')
}

function isWhole(text: string, start: number, length: number): boolean {
  const [first = '', last = ''] = [text[start], text[start + length - 1]]
  const isOpen = !wordUnit.test(first) || hanUnit.test(first) || !wordUnit.test(text[start - 1] ?? '')
  return isOpen && (!wordUnit.test(last) || hanUnit.test(last) || !wordUnit.test(text[start + length] ?? ''))
}
