import { tokensIn } from '../pseudonyms/token.ts'

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
  let restored = ''
  let from = 0
  for (const { start, end, token } of tokensIn(text)) {
    const value = table.get(token)
    if (value === undefined) continue
    restored += text.slice(from, start) + spelled(value, spelling)
    from = end
  }
  return from === 0 ? text : restored + text.slice(from)
}

function spelled(value: string, spelling: Spelling): string {
  return spelling === 'plain' ? value : JSON.stringify(value).slice(1, -1)
}
