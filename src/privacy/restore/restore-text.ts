import { tokensIn } from '../pseudonyms/token.ts'
import { JsonNesting } from './json-nesting.ts'

/** Pseudonyms of one request and what they stand for; those of others are not in it, so they cannot be put back. */
export type RestoreTable = ReadonlyMap<string, string>

/** How a value is written where it is put back: as it is, or as part of a JSON string. */
export type Spelling = 'plain' | 'json'

/** A JSON object or array, in a code fence or not, told by how it begins. `[PERSON_1] is …` is none. */
const beginningOfJson = /^\s*(?:```\w*\s*)?(?:\{|\[\s*["{])/

/** How values are to be written in a text that begins so. */
export function spellingOf(beginning: string): Spelling {
  return beginningOfJson.test(beginning) ? 'json' : 'plain'
}

/** The text with every pseudonym of the table replaced by its value. What the table does not hold stays as it is. */
export function restoreText(text: string, table: RestoreTable, spelling: Spelling = spellingOf(text)): string {
  return createRestoring(table)(text, spelling)
}

/** Restores a text of which the pieces come one after the other, each with whole pseudonyms: what came before tells in what string of JSON a piece begins. */
export function createRestoring(table: RestoreTable): (piece: string, spelling: Spelling) => string {
  const nesting = new JsonNesting()
  return (piece, spelling) => {
    let restored = ''
    let from = 0
    for (const { start, end, token } of tokensIn(piece)) {
      const value = table.get(token)
      if (value === undefined) continue
      const before = piece.slice(from, start)
      if (spelling === 'json') nesting.read(before)
      // What stands in no string is taken for the beginning of one.
      restored += before + (spelling === 'plain' ? value : escaped(value, Math.max(1, nesting.depth)))
      if (spelling === 'json') nesting.read(wordInPlace)
      from = end
    }
    const rest = piece.slice(from)
    if (spelling === 'json') nesting.read(rest)
    return restored + rest
  }
}

/** A pseudonym is read as a word: what begins with one is no JSON. */
const wordInPlace = 'x'

/** As part of a string that lies in so many strings. */
function escaped(value: string, depth: number): string {
  let result = value
  for (let level = 0; level < depth; level += 1) result = JSON.stringify(result).slice(1, -1)
  return result
}
