/** What is counted of a prompt, by name; the order is part of every fitted router. */
export const promptFeatureNames = [
  'characters',
  'words',
  'first-line',
  'longest-line',
  'after-first-line',
  'digits',
  'digit-share',
  'capital-share',
  'symbols',
  'symbol-share',
  'word-length',
  'distinct-words',
  'comma-share',
  'sentences',
  'is-question',
  'has-gap',
  'has-negation',
  'has-all-of-above',
] as const

/** Symbols of formulas and code. */
const symbol = /[-=+*/^<>\\$_{}()[\]]/g

/** Length, shape and a few telling words of a prompt. Lengths and counts are logarithms. Always as long as `promptFeatureNames`. */
export function promptFeatures(prompt: string): readonly number[] {
  const characters = Math.max(1, prompt.length)
  const words = prompt.match(/\p{L}+/gu) ?? []
  const lines = prompt.split('\n')
  const [first = ''] = lines
  const digits = occurrences(prompt, /\p{Nd}/gu)
  const symbols = occurrences(prompt, symbol)
  return [
    Math.log1p(prompt.length),
    Math.log1p(words.length),
    Math.log1p(first.length),
    Math.log1p(lines.reduce((longest, line) => Math.max(longest, line.length), 0)),
    Math.log1p(prompt.length - first.length),
    Math.log1p(digits),
    digits / characters,
    occurrences(prompt, /\p{Lu}/gu) / characters,
    Math.log1p(symbols),
    symbols / characters,
    words.join('').length / Math.max(1, words.length),
    new Set(words).size / Math.max(1, words.length),
    occurrences(prompt, /,/g) / characters,
    Math.log1p(occurrences(prompt, /[.!?](?=\s|$)/g)),
    Number(prompt.includes('?')),
    Number(prompt.includes('_')),
    Number(/\b(not|except|false|incorrect|never)\b/i.test(prompt)),
    Number(/\b(all|none|both) of the\b/i.test(prompt)),
  ]
}

function occurrences(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
