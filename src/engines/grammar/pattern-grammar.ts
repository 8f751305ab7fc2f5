import { type CodePoints, characterInString, complement } from './code-points.ts'
import { choice, repeated } from './grammar-text.ts'
import { characterClass, escapeAt, type Refuse } from './pattern-escapes.ts'
import { schemaLimits } from './schema-limits.ts'

/** Grammar of the characters of a JSON string, quotes not included, any number of them. */
const anyCharacters = '[^"\\\\\\0-\\x1f]* ("\\\\" escape [^"\\\\\\0-\\x1f]*)*'

const deepestGroup = 16

const lineEnds: CodePoints = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]

/**
 * Grammar of a JSON string, quotes included, in which a regular expression of ECMAScript finds a match; it may use the rule `escape`.
 * Takes what a regular language is made of: no look-around, back reference, word border or Unicode property. Those go to `refuse`, which throws.
 */
export function patternGrammar(pattern: string, refuse: Refuse): string {
  return new PatternReader([...pattern], refuse).read()
}

class PatternReader {
  readonly #text: readonly string[]
  readonly #refuse: Refuse
  #place = 0
  #depth = 0

  constructor(text: readonly string[], refuse: Refuse) {
    this.#text = text
    this.#refuse = refuse
    if (text.length > schemaLimits.pattern) refuse(`a pattern of ${text.length} characters is too long`)
  }

  read(): string {
    const alternatives: string[] = []
    do {
      const starts = this.#take('^')
      const body = this.#sequence()
      const ends = this.#take('$')
      if (this.#place < this.#text.length && !this.#at('|')) this.#refuse(this.#unexpected())
      alternatives.push([...(starts ? [] : [anyCharacters]), body.text, ...(ends ? [] : [anyCharacters])].join(' '))
    } while (this.#take('|'))
    return `"\\"" ${choice(alternatives)} "\\""`
  }

  #alternatives(): Piece {
    const found = [this.#sequence()]
    while (this.#take('|')) found.push(this.#sequence())
    return {
      text: choice(found.map(({ text }) => text)),
      repetitions: Math.max(...found.map((piece) => piece.repetitions)),
    }
  }

  #sequence(): Piece {
    const pieces: Piece[] = []
    for (let piece = this.#quantified(); piece !== undefined; piece = this.#quantified()) pieces.push(piece)
    const repetitions = pieces.reduce((sum, piece) => sum + piece.repetitions, 0)
    if (repetitions > schemaLimits.repetitions) {
      this.#refuse(`it repeats more than ${schemaLimits.repetitions} times; make the bounds of its quantifiers smaller`)
    }
    return { text: pieces.length === 0 ? '""' : pieces.map(({ text }) => text).join(' '), repetitions }
  }

  #quantified(): Piece | undefined {
    const atom = this.#atom()
    if (atom === undefined) return undefined
    const bounds = this.#quantifier()
    if (bounds === undefined) return atom
    // Greedy or not, it is the same language.
    this.#take('?')
    if (bounds.most !== undefined && bounds.most < bounds.least)
      this.#refuse('a quantifier has its bounds in the wrong order')
    const times = Math.max(bounds.least, bounds.most ?? 1, 1)
    return { text: repeated(atom.text, bounds.least, bounds.most), repetitions: atom.repetitions * times }
  }

  #quantifier(): Bounds | undefined {
    if (this.#take('*')) return { least: 0, most: undefined }
    if (this.#take('+')) return { least: 1, most: undefined }
    if (this.#take('?')) return { least: 0, most: 1 }
    const rest = this.#text.slice(this.#place, this.#place + 16).join('')
    const [whole, least, comma, most] = /^\{(\d{1,6})(,?)(\d{0,6})\}/.exec(rest) ?? []
    if (whole === undefined) return undefined
    this.#place += whole.length
    const lowest = Number(least)
    return { least: lowest, most: comma === '' ? lowest : most === '' ? undefined : Number(most) }
  }

  #atom(): Piece | undefined {
    const character = this.#text[this.#place]
    switch (character) {
      case undefined:
      case '|':
      case ')':
      case '$':
        return undefined
      case '(':
        return this.#group()
      case '[':
        return this.#one(this.#class())
      case '.':
        this.#place++
        return this.#one(complement(lineEnds))
      case '\\': {
        const read = escapeAt(this.#text, this.#place, this.#refuse)
        this.#place = read.end
        return this.#one(read.points)
      }
      case '^':
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        return this.#refuse(this.#unexpected())
      default: {
        this.#place++
        const code = character.codePointAt(0) ?? 0
        return this.#one([[code, code]])
      }
    }
  }

  #group(): Piece {
    this.#place++
    if (this.#take('?')) {
      const opening = this.#text.slice(this.#place, this.#place + 80).join('')
      const [kind] = /^(:|<[A-Za-z_$][\w$]*>)/.exec(opening) ?? []
      if (kind === undefined) this.#refuse('look-around and flags in a pattern cannot be enforced; write it without')
      this.#place += kind.length
    }
    if (++this.#depth > deepestGroup) this.#refuse(`its groups are nested deeper than ${deepestGroup}`)
    const inside = this.#alternatives()
    this.#depth--
    if (!this.#take(')')) this.#refuse(this.#unexpected())
    return { text: `(${inside.text})`, repetitions: inside.repetitions }
  }

  #class(): CodePoints {
    const { points, end } = characterClass(this.#text, this.#place, this.#refuse)
    this.#place = end
    return points
  }

  #one(points: CodePoints): Piece {
    const text =
      characterInString(points) ??
      this.#refuse('a character class with many characters beyond ASCII cannot be enforced; list them or allow all')
    return { text, repetitions: 1 }
  }

  #at(character: string): boolean {
    return this.#text[this.#place] === character
  }

  #take(character: string): boolean {
    if (!this.#at(character)) return false
    this.#place++
    return true
  }

  #unexpected(): string {
    const character = this.#text[this.#place]
    return character === undefined
      ? 'a group is not closed'
      : `its character ${this.#place} is not expected there, or cannot be enforced there; an anchor may only stand at an end`
  }
}

interface Piece {
  readonly text: string
  /** Characters that it stands for at most, stars counted as one. */
  readonly repetitions: number
}

interface Bounds {
  readonly least: number
  readonly most: number | undefined
}
