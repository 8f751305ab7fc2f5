import type { AnswerGrammar } from './answer-grammar.ts'
import { compileAutomaton } from './compile-automaton.ts'
import type { Grammar } from './grammar.ts'
import type { CompiledGrammar } from './grammar-constraint.ts'
import { Places } from './places.ts'
import { TokenMasks } from './token-masks.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Grammars that are kept for the next request that asks for the same. */
const mostKept = 16

/** Compiles grammars for one vocabulary, and keeps what the last ones found out about it. */
export class GrammarCompiler {
  readonly #vocabulary: () => Vocabulary
  /** By what they were asked for, the one used last at the end. */
  readonly #kept = new Map<string, CompiledGrammar>()
  #known: Vocabulary | undefined

  /** `vocabulary` is called when the first grammar is compiled. */
  constructor(vocabulary: () => Vocabulary) {
    this.#vocabulary = vocabulary
  }

  /** The compiled grammar, made where it is not kept. Errors as of `compileAutomaton` and `make`. */
  compile({ key, param, make }: AnswerGrammar): CompiledGrammar {
    const compiled = this.#kept.get(key) ?? this.#compile(param, make())
    this.#kept.delete(key)
    this.#kept.set(key, compiled)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
    return compiled
  }

  #compile(param: string, grammar: Grammar): CompiledGrammar {
    this.#known ??= this.#vocabulary()
    const places = new Places(compileAutomaton(grammar, param), param)
    return { param, places, vocabulary: this.#known, masks: new TokenMasks(places, this.#known) }
  }
}
