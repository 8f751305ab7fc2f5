import { needsStrings, type Scorer, stringsOf } from './scorer.ts'

/** Right is the expected text, white space at both ends aside. */
export const exact: Scorer = {
  summary: 'the very text',
  refuses: needsStrings,
  score: (answer, expectation) => Number(stringsOf(expectation).some((text) => text.trim() === answer.trim())),
}
