import { type CodePoints, complement, intersection } from './code-points.ts'
import { choice, type Grammar, repeated, sequence, text } from './grammar.ts'
import { anyInString, plainCharacters } from './string-characters.ts'

interface Branch {
  isEnd: boolean
  readonly next: Map<number, Branch>
}

/** The JSON strings, quotes included, that are none of these. As long as one begins like one of them, it has no escapes: they would be another way to write the same. */
export function stringExcept(words: readonly string[]): Grammar {
  const root: Branch = { isEnd: false, next: new Map() }
  for (const word of words) {
    let branch = root
    for (const character of word) branch = step(branch, character.codePointAt(0) ?? 0)
    branch.isEnd = true
  }
  return sequence('"', restOf(root))
}

function step(branch: Branch, code: number): Branch {
  const next = branch.next.get(code) ?? { isEnd: false, next: new Map() }
  branch.next.set(code, next)
  return next
}

/** What may follow, the closing quote included. */
function restOf({ isEnd, next }: Branch): Grammar {
  const taken: CodePoints = [...next.keys()].map((code) => [code, code])
  const other: Grammar = { kind: 'character', points: intersection(complement(taken), plainCharacters) }
  return choice([
    ...(isEnd ? [] : [text('"')]),
    sequence(other, repeated(anyInString, 0), '"'),
    ...[...next]
      .filter(([code]) => intersection([[code, code]], plainCharacters).length > 0)
      .map(([code, branch]) => sequence(String.fromCodePoint(code), restOf(branch))),
  ])
}
