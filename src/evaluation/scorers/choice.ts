import { needsStrings, type Scorer, stringsOf } from './scorer.ts'

const letters = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J']

/** Right is an answer whose choice is the expected one: the only allowed word in it, or the first where there are several. */
export const choice: Scorer = {
  summary: 'the first of the allowed words (choices, A to J when absent) in the answer',
  refuses(expectation) {
    const { choices = letters } = expectation
    const unknown = stringsOf(expectation).some((word) => !choices.includes(word))
    return unknown ? 'expect must be one of the choices' : needsStrings(expectation)
  },
  score(answer, expectation) {
    const { choices = letters } = expectation
    const first = choices
      .map((word) => ({ word, at: placeOf(word, answer) }))
      .filter(({ at }) => at !== -1)
      // Of two words that begin at one place the longer one was meant.
      .toSorted((a, b) => a.at - b.at || b.word.length - a.word.length)[0]
    return Number(first !== undefined && stringsOf(expectation).includes(first.word))
  },
}

/** Where a word stands by itself. Single letters must be capitals: `a` is a word of its own. */
function placeOf(word: string, answer: string): number {
  const literal = word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return answer.search(new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, word.length === 1 ? 'u' : 'iu'))
}
