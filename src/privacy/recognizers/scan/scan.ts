import { characterKind, kindOf } from './character-kind.ts'
import { hanPhrases, hashStep, mayBegin, normalise, phrases } from './context-lexicon.ts'
import type { ContextKind } from './context-words.ts'
import { mergeStretches, Stretches } from './stretches.ts'

const shortestToken = 16
const none = new Stretches()
const hanPattern = new RegExp([...hanPhrases.keys()].join('|'), 'g')

/** What one pass over a text tells all recognizers: where digits, long tokens and context words stand. */
export interface Scan {
  readonly text: string
  /** Maximal runs of 0-9. */
  readonly digits: Stretches
  /** Runs of letters, digits and `-_+/=.~` of 16 units or more that hold a digit. */
  readonly tokens: Stretches
  readonly hasHan: boolean
  /** Where words and phrases of this kind stand, in order. */
  context(kind: ContextKind): Stretches
}

/** Reads a text once, in time linear in its length. */
export function scanText(text: string): Scan {
  const { digit, letter, other, han } = characterKind
  const scan = new TextScan(text)
  let runKind: number = other
  let runStart = 0
  let hash = 0
  let tokenStart = 0
  let tokenHasDigit = false
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0
    const kind = index < text.length ? kindOf(code) : other
    if (kind !== runKind || index === text.length) {
      if (runKind === letter) {
        if (mayBegin[hash] === 1) scan.addPhrases(runStart, index)
      } else if (runKind === digit) {
        scan.digits.add(runStart, index)
        tokenHasDigit = true
      } else if (runKind === han) scan.hasHan = true
      if (kind === other || kind === han) {
        if (tokenHasDigit && index - tokenStart >= shortestToken) scan.tokens.add(tokenStart, index)
      } else if (runKind === other || runKind === han) {
        tokenStart = index
        tokenHasDigit = false
      }
      runKind = kind
      runStart = index
      hash = 0
    }
    if (kind === letter) hash = hashStep(hash, code)
  }
  if (scan.hasHan) scan.addHanPhrases()
  return scan
}

class TextScan implements Scan {
  readonly text: string
  readonly digits = new Stretches()
  readonly tokens = new Stretches()
  readonly #context = new Map<ContextKind, Stretches>()
  hasHan = false

  constructor(text: string) {
    this.text = text
  }

  context(kind: ContextKind): Stretches {
    return this.#context.get(kind) ?? none
  }

  /** Notes every kind of phrase that begins with the word at [start, end); of each kind the longest. */
  addPhrases(start: number, end: number): void {
    const known = phrases.get(this.text.slice(start, end).toLowerCase())
    if (known === undefined) return
    const longest = known[0]?.rest.length ?? 0
    const following = longest === 0 ? '' : normalise(this.text.slice(end, end + longest))
    for (const [index, { kind, rest }] of known.entries()) {
      if (!following.startsWith(rest) || this.#isInsideWord(end + rest.length, rest)) continue
      const isTold = known.slice(0, index).some((longer) => longer.kind === kind && following.startsWith(longer.rest))
      if (!isTold) stretchesOf(this.#context, kind).add(start, end + rest.length)
    }
  }

  /** Chinese phrases are found by a second look; of each kind the two lists become one in order. */
  addHanPhrases(): void {
    const found = new Map<ContextKind, Stretches>()
    for (const { 0: phrase, index } of this.text.matchAll(hanPattern)) {
      for (const kind of hanPhrases.get(phrase) ?? []) stretchesOf(found, kind).add(index, index + phrase.length)
    }
    for (const [kind, stretches] of found) this.#context.set(kind, mergeStretches(this.context(kind), stretches))
  }

  #isInsideWord(end: number, rest: string): boolean {
    return rest !== '' && /[\p{L}]$/u.test(rest) && kindOf(this.text.charCodeAt(end)) === characterKind.letter
  }
}

function stretchesOf(context: Map<ContextKind, Stretches>, kind: ContextKind): Stretches {
  const known = context.get(kind)
  if (known !== undefined) return known
  const made = new Stretches()
  context.set(kind, made)
  return made
}
