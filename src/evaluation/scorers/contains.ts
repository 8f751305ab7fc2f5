import { needsStrings, type Scorer, stringsOf } from './scorer.ts'

/** Right is an answer that holds the expected text somewhere, capitals aside. */
export const contains: Scorer = {
  summary: 'the text somewhere in the answer, capitals aside',
  refuses: needsStrings,
  score(answer, expectation) {
    const lower = answer.toLowerCase()
    return Number(stringsOf(expectation).some((text) => lower.includes(text.toLowerCase())))
  },
}
