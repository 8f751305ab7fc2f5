import { type Label, tokenOf } from './token.ts'

interface Person {
  readonly number: number
  /** Lower-case words of the longest form seen, without titles. */
  words: readonly string[]
}

const titles = new Set([
  'mr',
  'mrs',
  'ms',
  'miss',
  'mx',
  'dr',
  'prof',
  'sir',
  'herr',
  'frau',
  'hr',
  'fr',
  'sr',
  'sra',
  'm',
  'mme',
  'mlle',
  'don',
  'doña',
])
const han = /^\p{Script=Han}+$/u

/** Which names are forms of one person's name, so that they get one number: `Ada Lovelace`, `Lovelace`, `ADA LOVELACE`. */
export class Persons {
  readonly #label: Label
  #all: Person[] = []

  constructor(label: Label) {
    this.#label = label
  }

  /** A token for this form of a name that `isFree`; `nextNumber` is asked for a person who is new, or whom the name does not tell from another. */
  tokenFor(name: string, nextNumber: () => number, isFree: (token: string) => boolean): string {
    const words = wordsOf(name)
    const matches = words.length === 0 ? [] : this.#all.filter((person) => isSame(words, person.words))
    const [person] = matches
    if (person === undefined || matches.length > 1) {
      const number = nextNumber()
      this.#all.push({ number, words })
      return tokenOf(this.#label, number)
    }
    const form = formOf(words, person.words)
    if (words.length > person.words.length) person.words = words
    return (
      formsFrom(form)
        .map((candidate) => tokenOf(this.#label, person.number, candidate))
        .find(isFree) ?? tokenOf(this.#label, nextNumber())
    )
  }

  /** Takes note of a person that got a token earlier. */
  know(number: number, name: string): void {
    const words = wordsOf(name)
    const person = this.#all.find((known) => known.number === number)
    if (person === undefined) this.#all.push({ number, words })
    else if (words.length > person.words.length) person.words = words
  }
}

function wordsOf(name: string): readonly string[] {
  const words = name
    .toLowerCase()
    .split(/[\s,]+/u)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
  return words.filter((word) => word !== '' && !titles.has(word))
}

/** One name is a part of the other, in order. Names of one Chinese word each: the end or the beginning of the other. */
function isSame(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const [first = '', ...more] = long
  const [only = ''] = short
  if (more.length === 0 && han.test(first) && han.test(only)) return isPartOfHan(only, first)
  let index = 0
  for (const word of long) if (word === short[index]) index += 1
  return index === short.length
}

function isPartOfHan(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  return short.length >= 2 && long.endsWith(short)
}

function formOf(words: readonly string[], known: readonly string[]): string | undefined {
  if (words.length > known.length) return 'FULL'
  if (words.length !== 1 || known.length === 1) return undefined
  if (words[0] === known.at(-1)) return 'LAST'
  return words[0] === known[0] ? 'FIRST' : undefined
}

/** The fitting form first, then letters. */
function formsFrom(form: string | undefined): readonly string[] {
  const letters = Array.from({ length: 25 }, (_, index) => String.fromCharCode(66 + index))
  return form === undefined ? letters : [form, ...letters]
}
