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

/** Forms of longer names than this are not looked for. */
const longestName = 6
/** Persons who share the rarest word of a name; further ones are not told from each other. */
const mostAlike = 256
const longestHan = 8

/** Which names are forms of one person's name, so that they get one number: `Ada Lovelace`, `Lovelace`, `ADA LOVELACE`. */
export class Persons {
  readonly #label: Label
  readonly #byNumber = new Map<number, Person>()
  /** By each of their words, to find them by a part of the name. */
  readonly #byWord = new Map<string, Person[]>()
  /** By all their words, to find them by a longer name. */
  readonly #byName = new Map<string, Person[]>()

  constructor(label: Label) {
    this.#label = label
  }

  /** A token for this form of a name that `isFree`; `nextNumber` is asked for a person who is new, or whom the name does not tell from another. */
  tokenFor(name: string, nextNumber: () => number, isFree: (token: string) => boolean): string {
    const words = wordsOf(name)
    const person = this.#only(words)
    if (person === undefined) {
      const number = nextNumber()
      this.#add({ number, words })
      return tokenOf(this.#label, number)
    }
    const form = formOf(words, person.words)
    if (words.length > person.words.length) this.#rename(person, words)
    return (
      formsFrom(form)
        .map((candidate) => tokenOf(this.#label, person.number, candidate))
        .find(isFree) ?? tokenOf(this.#label, nextNumber())
    )
  }

  /** Takes note of a person that got a token earlier. */
  know(number: number, name: string): void {
    const words = wordsOf(name)
    const person = this.#byNumber.get(number)
    if (person === undefined) this.#add({ number, words })
    else if (words.length > person.words.length) this.#rename(person, words)
  }

  /** The one person whom the words name. */
  #only(words: readonly string[]): Person | undefined {
    if (words.length === 0) return undefined
    let only: Person | undefined
    for (const person of this.#candidates(words)) {
      if (person === only || !isSame(words, person.words)) continue
      if (only !== undefined) return undefined
      only = person
    }
    return only
  }

  *#candidates(words: readonly string[]): Generator<Person> {
    const longer = words.map((word) => this.#byWord.get(word) ?? [])
    yield* longer.reduce((rarest, some) => (some.length < rarest.length ? some : rarest)).slice(0, mostAlike)
    for (const shorter of shorterNames(words)) yield* (this.#byName.get(shorter) ?? []).slice(0, mostAlike)
  }

  #add(person: Person): void {
    this.#byNumber.set(person.number, person)
    this.#index(person)
  }

  #rename(person: Person, words: readonly string[]): void {
    person.words = words
    this.#index(person)
  }

  /** What it was found by before stays: every candidate is compared. */
  #index(person: Person): void {
    const { words } = person
    for (const word of new Set([...words, ...hanEnds(words)])) listed(this.#byWord, word, person)
    listed(this.#byName, words.join(' '), person)
  }
}

function listed(map: Map<string, Person[]>, key: string, person: Person): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [person])
  else if (list.length < mostAlike && list.at(-1) !== person) list.push(person)
}

/** Every name of a person that this one may be a longer form of: its words in order, without some. */
function shorterNames(words: readonly string[]): readonly string[] {
  if (words.length > longestName) return []
  const chosen = Array.from({ length: 2 ** words.length - 1 }, (_, index) =>
    words.filter((_, at) => ((index + 1) >> at) & 1).join(' '),
  )
  return [...chosen, ...hanEnds(words)]
}

/** The ends of a name of one Chinese word. */
function hanEnds([word = '', ...more]: readonly string[]): readonly string[] {
  if (more.length > 0 || !han.test(word)) return []
  const longest = Math.min(longestHan, word.length - 1)
  return Array.from({ length: Math.max(0, longest - 1) }, (_, index) => word.slice(-2 - index))
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
