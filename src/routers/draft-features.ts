import { writtenSums } from './written-sums.ts'

/** What is counted of a draft's text, by name; the order is part of every fitted router. */
export const draftFeatureNames = [
  'draft-characters',
  'draft-words',
  'draft-lines',
  'draft-to-prompt',
  'draft-numbers',
  'draft-decimals',
  'numbers-of-prompt',
  'numbers-unused',
  'last-number-size',
  'last-number-is-whole',
  'last-number-in-prompt',
  'last-number-said-before',
  'sums-right',
  'sums-wrong',
  'sums-right-share',
  'draft-distinct-words',
  'draft-hedges',
  'draft-words-of-prompt',
  'draft-is-empty',
] as const

/** Length and shape of a draft, what it makes of the prompt's numbers, and whether its sums are right. As long as `draftFeatureNames`. */
export function draftFeatures(prompt: string, draft: string): readonly number[] {
  const words = wordsOf(draft)
  const asked = new Set(wordsOf(prompt))
  const said = numbersOf(draft)
  const given = new Set(numbersOf(prompt))
  const last = said.at(-1)
  const { right, wrong } = writtenSums(draft)
  const used = new Set(said)
  return [
    Math.log1p(draft.length),
    Math.log1p(words.length),
    Math.log1p(draft.split('\n').length),
    Math.log1p(draft.length) - Math.log1p(prompt.length),
    Math.log1p(said.length),
    Math.log1p(said.filter((number) => !Number.isInteger(number)).length),
    Math.log1p(given.size),
    share([...given], (number) => !used.has(number)),
    last === undefined ? 0 : Math.log1p(Math.abs(last)),
    Number(last !== undefined && Number.isInteger(last)),
    Number(last !== undefined && given.has(last)),
    Math.log1p(said.filter((number) => number === last).length),
    Math.log1p(right),
    Math.log1p(wrong),
    (right + 1) / (right + wrong + 1.2),
    share([...new Set(words)], () => true, words.length),
    Math.log1p(
      draft.match(/\b(however|but|wait|approximately|about|assume|assuming|unclear|cannot|not)\b/gi)?.length ?? 0,
    ),
    share(words, (word) => asked.has(word)),
    Number(draft.trim() === ''),
  ]
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? []
}

function numbersOf(text: string): readonly number[] {
  return (text.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map((number) => Number(number.replaceAll(',', '')))
}

function share<T>(list: readonly T[], holds: (entry: T) => boolean, of = list.length): number {
  return of === 0 ? 0 : list.filter(holds).length / of
}
