import { longestToken } from '../pseudonyms/token.ts'
import { createRestoring, type RestoreTable, type Spelling, spellingOf } from './restore-text.ts'

/** Restores a text that comes in pieces. */
export interface TextRestorer {
  /** What can be shown now. Only a beginning of a pseudonym of the table is held back, until the next piece tells. */
  push(piece: string): string
  /** What was held back. */
  end(): string
}

/** So much of a text is enough to tell JSON from prose. */
const beginningLength = 64

/** Whatever the pieces are, together they give what `restoreText` gives for the whole. Without a `spelling` the beginning of the text tells it. */
export function createTextRestorer(table: RestoreTable, spelling?: Spelling): TextRestorer {
  let held = ''
  let beginning = ''
  const restore = createRestoring(table)
  return {
    push(piece) {
      const text = held + piece
      if (beginning.length < beginningLength) beginning += piece.slice(0, beginningLength)
      const cut = startOfBeginning(text, table)
      held = text.slice(cut)
      return restore(text.slice(0, cut), spelling ?? spellingOf(beginning))
    },
    end() {
      const rest = held
      held = ''
      return rest
    },
  }
}

/** Where a proper beginning of a token of the table begins that reaches to the end of the text; its length when there is none. */
function startOfBeginning(text: string, table: RestoreTable): number {
  // A token has one opening bracket, its first character: only the last one in the text can begin it.
  const start = text.lastIndexOf('[')
  if (start === -1 || text.length - start >= longestToken) return text.length
  const beginning = text.slice(start)
  for (const token of table.keys()) if (token.length > beginning.length && token.startsWith(beginning)) return start
  return text.length
}
