import { type CodePoints, complement, includesPoint, intersection } from './code-points.ts'
import { choice, type Grammar, text } from './grammar.ts'

/** Characters that stand in a JSON string as they are. */
export const plainCharacters: CodePoints = complement([
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
])

/** Characters with an escape of their own. */
const escapes: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
])

/** One of these characters as it is written inside a JSON string; undefined when none of them can be. Other control characters are left out. */
export function characterInString(points: CodePoints): Grammar | undefined {
  const plain = intersection(points, plainCharacters)
  const escaped = [...escapes].filter(([code]) => includesPoint(points, code)).map(([, written]) => text(written))
  const parts: Grammar[] = plain.length === 0 ? escaped : [{ kind: 'character', points: plain }, ...escaped]
  return parts.length === 0 ? undefined : choice(parts)
}

/** One character of a JSON string, whatever it is, but for those that only \u can write. */
export const anyInString: Grammar = choice([
  { kind: 'character', points: plainCharacters },
  ...['\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t'].map(text),
])
