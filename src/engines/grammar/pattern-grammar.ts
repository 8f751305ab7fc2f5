import { type CodePoints, complement } from './code-points.ts'
import { choice, type Grammar, repeated, sequence } from './grammar.ts'
import { characterClass, escapeAt, type Refuse } from './pattern-escapes.ts'
import { schemaLimits } from './schema-limits.ts'
import { anyInString, characterInString } from './string-characters.ts'

const deepestGroup = 16

const lineEnds: CodePoints = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]

/**
 * The JSON strings, quotes included, in which a regular expression of ECMAScript finds a match.
 * Takes what a regular language is made of: no look-around, back reference, word border or Unicode property. Those go to `refuse`, which throws.
 */
export function patternGrammar(pattern: string, refuse: Refuse): Grammar {
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

  read(): Grammar {
    const anything = repeated(anyInString, 0)
    const alternatives: Grammar[] = []
    do {
      const starts = this.#take('^')
      const body = this.#sequence()
      const ends = this.#take('$')
      if (this.#place < this.#text.length && !this.#at('|')) this.#refuse(this.#unexpected())
      alternatives.push(sequence(...(starts ? [] : [anything]), body.grammar, ...(ends ? [] : [anything])))
    } while (this.#take('|'))
    return sequence('"', choice(alternatives), '"')
  }

  #alternatives(): Piece {
    const found = [this.#sequence()]
    while (this.#take('|')) found.push(this.#sequence())
    return {
      grammar: choice(found.map(({ grammar }) => grammar)),
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
    return { grammar: sequence(...pieces.map(({ grammar }) => grammar)), repetitions }
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
    return { grammar: repeated(atom.grammar, bounds.least, bounds.most), repetitions: atom.repetitions * times }
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
    return inside
  }

  #class(): CodePoints {
    const { points, end } = characterClass(this.#text, this.#place, this.#refuse)
    this.#place = end
    return points
  }

  #one(points: CodePoints): Piece {
    const grammar =
      characterInString(points) ?? this.#refuse('it asks for a character that no JSON string of ours holds')
    return { grammar, repetitions: 1 }
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
  readonly grammar: Grammar
  /** Characters that it stands for at most, stars counted as one. */
  readonly repetitions: number
}

interface Bounds {
  readonly least: number
  readonly most: number | undefined
}
