import { EdgewiseError } from '../../spec/errors.ts'
import { type State, StateMaker } from './automaton.ts'
import { type ByteRanges, utf8Ranges } from './code-points.ts'
import type { Grammar, Rule } from './grammar.ts'
import { plainCharacters } from './string-characters.ts'

/** Most states of one automaton: a fifth of a second, and some 30 MB. */
const mostStates = 100_000

const plainRuns = utf8Ranges(plainCharacters)

/** The first state of an automaton that reads what a grammar allows. Throws `unsupported-field` naming `param` when it becomes too large. */
export function compileAutomaton(grammar: Grammar, param: string): State {
  const maker = new StateMaker(mostStates, () => {
    const text = `the grammar of ${param} has more than ${mostStates} states; make its schema smaller, or the bounds in it`
    throw new EdgewiseError('unsupported-field', text, { param })
  })
  return new Compiler(maker).root(grammar)
}

class Compiler {
  readonly #maker: StateMaker
  /** First states of rules. */
  readonly #rules = new Map<Rule, State>()

  constructor(maker: StateMaker) {
    this.#maker = maker
  }

  root(grammar: Grammar): State {
    const start = this.#maker.state()
    this.#build(grammar, start, this.#maker.state({ isEnd: true }))
    // A map gives what is added while it is read: the rules that rules name.
    for (const [rule, first] of this.#rules) this.#build(rule.body, first, this.#maker.state({ isEnd: true }))
    return start
  }

  #build(grammar: Grammar, from: State, to: State): void {
    switch (grammar.kind) {
      case 'text':
        this.#text(grammar.text, from, to)
        break
      case 'character':
        for (const run of utf8Ranges(grammar.points)) this.#maker.connect(from, to, run)
        break
      case 'sequence':
        this.#sequence(grammar.parts, from, to)
        break
      case 'choice':
        for (const part of grammar.parts) this.#build(part, from, to)
        break
      case 'repeat':
        this.#repeat(grammar, from, to)
        break
      case 'string':
        this.#string(grammar, from, to)
        break
      case 'free':
        this.#free(grammar, from, to)
        break
      case 'rule': {
        const rule = this.#rules.get(grammar.rule) ?? this.#maker.state()
        this.#rules.set(grammar.rule, rule)
        from.calls.push({ rule, to })
        break
      }
      default:
        grammar satisfies never
    }
  }

  #text(text: string, from: State, to: State): void {
    if (text === '') from.empty.push(to)
    else this.#maker.connect(from, to, exactly(text))
  }

  #sequence(parts: readonly Grammar[], from: State, to: State): void {
    let state = from
    let left = parts.length
    for (const part of parts) {
      const next = --left === 0 ? to : this.#maker.state()
      this.#build(part, state, next)
      state = next
    }
    if (parts.length === 0) from.empty.push(to)
  }

  #repeat({ part, least, most }: Extract<Grammar, { kind: 'repeat' }>, from: State, to: State): void {
    let state = from
    const step = () => {
      const next = this.#maker.state()
      this.#build(part, state, next)
      state = next
    }
    for (let count = 0; count < least; count++) step()
    // A loop goes through a state of its own, so that it cannot be entered from elsewhere.
    if (most === undefined) {
      const loop = this.#maker.state()
      state.empty.push(loop)
      this.#build(part, loop, loop)
      loop.empty.push(to)
      return
    }
    for (let count = least; count < most; count++) {
      state.empty.push(to)
      step()
    }
    state.empty.push(to)
  }

  #free({ marker, behind }: Extract<Grammar, { kind: 'free' }>, from: State, to: State): void {
    const bytes = [...encoder.encode(marker)]
    // One state for each beginning of the marker that the text so far ends in.
    const states = bytes.map(() => this.#maker.state())
    const found = this.#maker.state()
    const [first = found] = states
    from.empty.push(first)
    this.#build(behind, found, to)
    for (const [matched, state] of states.entries()) {
      state.empty.push(to)
      const next = (byte: number) => states[endingIn(bytes, [...bytes.slice(0, matched), byte])] ?? found
      for (let first = 0, last = 0; first < 256; first = last + 1) {
        const to = next(first)
        for (last = first; last < 255 && next(last + 1) === to; ) last++
        state.edges.push({ first, last, to })
      }
    }
  }

  #string(
    { least, most = Number.POSITIVE_INFINITY }: Extract<Grammar, { kind: 'string' }>,
    from: State,
    to: State,
  ): void {
    const isCounting = least > 0 || most < Number.POSITIVE_INFINITY
    const inside = this.#maker.state({ bounds: { least, most } })
    const kind = { isCounting }
    const escaped = this.#maker.state(kind)
    this.#maker.connect(from, inside, exactly('"'))
    this.#maker.connect(inside, to, exactly('"'))
    for (const run of plainRuns) this.#maker.connect(inside, inside, run, kind)
    this.#maker.connect(inside, escaped, exactly('\\'))
    for (const letter of '"\\/bfnrt') this.#maker.connect(escaped, inside, exactly(letter))
    // Any \uXXXX but those of surrogates: a lone one is no Unicode, and a pair would count twice.
    const four = this.#maker.state(kind)
    const three = this.#maker.state(kind)
    const two = this.#maker.state(kind)
    const one = this.#maker.state(kind)
    this.#maker.connect(escaped, four, exactly('u'))
    for (const range of ranges('09', 'AC', 'EF', 'ac', 'ef')) four.edges.push({ ...range, to: three })
    for (const range of ranges('DD', 'dd'))
      this.#maker.connect(
        four,
        two,
        [
          [range.first, range.last],
          [0x30, 0x37],
        ],
        kind,
      )
    for (const range of ranges('09', 'AF', 'af')) {
      three.edges.push({ ...range, to: two })
      two.edges.push({ ...range, to: one })
      one.edges.push({ ...range, to: inside })
    }
  }
}

/** Length of the longest beginning of `bytes` that `text` ends in. */
function endingIn(bytes: readonly number[], text: readonly number[]): number {
  let length = Math.min(bytes.length, text.length)
  while (!text.slice(text.length - length).every((byte, index) => byte === bytes[index])) length--
  return length
}

const encoder = new TextEncoder()

function exactly(text: string): ByteRanges {
  return Array.from(encoder.encode(text), (byte) => oneByte[byte] ?? [byte, byte])
}

const oneByte = Array.from({ length: 256 }, (_, byte) => [byte, byte] as const)

function ranges(...ends: readonly string[]): readonly { readonly first: number; readonly last: number }[] {
  return ends.map((pair) => ({ first: pair.charCodeAt(0), last: pair.charCodeAt(1) }))
}
