import type { NameModelSettings } from './name-model-settings.ts'
import type { NameToken } from './name-tokens.ts'

type Column = NameModelSettings['features'][number]

/** What the columns of one token are computed from. */
interface Word {
  readonly lower: string
  readonly shape: string
  readonly gap: string
  readonly bigram: string
}

/** Longer words are described by their first units, so that a hostile text costs no more than its length. */
const longestWord = 48
const asciiLetters = /^[A-Za-z]*$/
const digits = /\p{N}/gu
const mark = /\p{M}/u
const characterClasses = [
  [/^\p{Lu}/u, 'X'],
  [/^\p{Ll}/u, 'x'],
  [/^\p{N}/u, '0'],
  [/^\p{Script=Han}/u, 'H'],
  [/^\p{L}/u, 'l'],
  [/^\p{M}/u, 'm'],
] as const

/** Hashed features of all tokens of a text, row-major (tokens, columns); 0 where a token has none. Looks at neighbours: call it once per text. */
export function nameFeatures(
  text: string,
  tokens: readonly NameToken[],
  features: NameModelSettings['features'],
): Int32Array {
  const rows = new Int32Array(tokens.length * features.length)
  const words = tokens.map((token) => composed(text, token))
  const folded = words.map(fold)
  for (const [index, token] of tokens.entries()) {
    const lower = folded[index] ?? ''
    const word = {
      lower,
      shape: shape(words[index] ?? ''),
      gap: gap(text, token.start, tokens[index - 1]?.end),
      bigram: `${lower} ${folded[index + 1] ?? ''}`,
    }
    for (const [column, feature] of features.entries()) {
      const value = columnText(feature.name, word)
      if (value !== undefined) rows[index * features.length + column] = hashedRow(value, column, feature.rows)
    }
  }
  return rows
}

function columnText(name: Column['name'], { lower, shape, gap, bigram }: Word): string | undefined {
  switch (name) {
    case 'lower':
    case 'lowerOther':
      return lower
    case 'prefix2':
      return lower.length > 2 ? lower.slice(0, 2) : undefined
    case 'prefix3':
      return lower.length > 3 ? lower.slice(0, 3) : undefined
    case 'suffix2':
      return lower.length > 2 ? lower.slice(-2) : undefined
    case 'suffix3':
      return lower.length > 3 ? lower.slice(-3) : undefined
    case 'suffix4':
      return lower.length > 4 ? lower.slice(-4) : undefined
    case 'shape':
      return shape
    case 'gap':
      return gap
    case 'bigram':
      return bigram
    default:
      return name satisfies never
  }
}

/** The first units of a word, composed where it has combining marks. */
function composed(text: string, { start, end }: NameToken): string {
  const word = text.slice(start, Math.min(end, start + longestWord))
  return !asciiLetters.test(word) && mark.test(word) ? word.normalize('NFC') : word
}

function fold(word: string): string {
  return asciiLetters.test(word) ? word.toLowerCase() : word.toLowerCase().replace(digits, '0')
}

/** Classes of the characters, runs cut at three: Xxx for Anna. */
function shape(word: string): string {
  let [kinds, last, run] = ['', '', 0]
  for (const character of word) {
    const kind = characterClass(character)
    run = kind === last ? run + 1 : 1
    last = kind
    if (run <= 3) kinds += kind
  }
  return kinds
}

function characterClass(character: string): string {
  if (character >= 'a' && character <= 'z') return 'x'
  if (character >= 'A' && character <= 'Z') return 'X'
  return characterClasses.find(([pattern]) => pattern.test(character))?.[1] ?? character
}

function gap(text: string, start: number, before: number | undefined): string {
  if (before === undefined) return 'start'
  if (text[before - 1] === '\n') return 'line'
  return before === start ? 'none' : 'space'
}

/** FNV-1a over UTF-16 units from a start of the column's own, finished as murmur3 does; 1..rows-1. */
function hashedRow(value: string, column: number, rows: number): number {
  let hash = 2166136261 ^ column
  for (let index = 0; index < value.length; index += 1) {
    hash = Math.imul(hash ^ value.charCodeAt(index), 16777619)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return 1 + (((hash ^ (hash >>> 16)) >>> 0) % (rows - 1))
}
