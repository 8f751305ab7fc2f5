import { needsStrings, type Scorer, stringsOf } from './scorer.ts'

/** Longer answers are looked at up to here, since a pattern may take long. */
const longestAnswer = 20_000

/** Right is an answer that a pattern matches somewhere. Patterns are JavaScript's, with the flags `u` and `s`. */
export const regex: Scorer = {
  summary: 'a JavaScript pattern that matches somewhere in the answer',
  refuses(expectation) {
    try {
      for (const pattern of stringsOf(expectation)) new RegExp(pattern, 'us')
      return needsStrings(expectation)
    } catch {
      return 'expect is no regular expression'
    }
  },
  score(answer, expectation) {
    const text = answer.slice(0, longestAnswer)
    return Number(stringsOf(expectation).some((pattern) => new RegExp(pattern, 'us').test(text)))
  },
}
