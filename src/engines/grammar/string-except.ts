import { type CodePoints, complement, intersection } from './code-points.ts'
import { choice, type Grammar, repeated, ruleOf, sequence, text } from './grammar.ts'
import { anyInString, plainCharacters } from './string-characters.ts'

/** Characters of a word that are told apart; whatever begins like a longer one is none of the strings. */
const longestBeginning = 64

interface Branch {
  isEnd: boolean
  isClosed: boolean
  readonly next: Map<number, Branch>
}

/** The JSON strings, quotes included, that are none of these. As long as one begins like one of them, it has no escapes: they would be another way to write the same. */
export function stringExcept(words: readonly string[]): Grammar {
  const root = newBranch()
  for (const word of words) {
    let branch = root
    const characters = [...word]
    for (const character of characters.slice(0, longestBeginning)) branch = step(branch, character.codePointAt(0) ?? 0)
    if (characters.length > longestBeginning) branch.isClosed = true
    branch.isEnd = true
  }
  return sequence('"', restOf(root))
}

function newBranch(): Branch {
  return { isEnd: false, isClosed: false, next: new Map() }
}

function step(branch: Branch, code: number): Branch {
  const next = branch.next.get(code) ?? newBranch()
  branch.next.set(code, next)
  return next
}

const anyRest = ruleOf({ name: 'rest of a string', body: sequence(repeated(anyInString, 0), '"') })

/** What may follow, the closing quote included. */
function restOf({ isEnd, isClosed, next }: Branch): Grammar {
  if (isClosed) return choice([])
  const taken: CodePoints = [...next.keys()].map((code) => [code, code])
  const other: Grammar = { kind: 'character', points: intersection(complement(taken), plainCharacters) }
  return choice([
    ...(isEnd ? [] : [text('"')]),
    sequence(other, anyRest),
    ...[...next]
      .filter(([code]) => intersection([[code, code]], plainCharacters).length > 0)
      .map(([code, branch]) => sequence(String.fromCodePoint(code), restOf(branch))),
  ])
}
