import { needsStrings, type Scorer, stringsOf } from './scorer.ts'

/** Longer answers are counted up to here. */
const longestAnswer = 20_000

/** F1 of the words of two texts, capitals and punctuation aside; each Chinese character is a word. Without any word: the very text. */
export const wordF1: Scorer = {
  summary: 'F1 of the words of the expected text',
  refuses: needsStrings,
  score(answer, expectation) {
    const said = wordsOf(answer.slice(0, longestAnswer))
    return Math.max(
      ...stringsOf(expectation).map((text) => {
        const wanted = wordsOf(text)
        return wanted.length + said.length === 0 ? Number(text.trim() === answer.trim()) : f1(wanted, said)
      }),
    )
  },
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{Script=Han}|[[\p{L}\p{N}_]--\p{Script=Han}]+/gv) ?? []
}

function countsOf(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

function f1(wanted: readonly string[], said: readonly string[]): number {
  const given = countsOf(said)
  const hits = countsOf(wanted)
    .entries()
    .reduce((sum, [word, count]) => sum + Math.min(count, given.get(word) ?? 0), 0)
  return (2 * hits) / (wanted.length + said.length)
}
