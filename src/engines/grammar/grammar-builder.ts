import { type JsonRule, jsonRules } from './json-rules.ts'
import { type SchemaPlace, unsupportedSchema } from './schema-fault.ts'

/** One way to write a value: its text in the grammar, and the rules without which it cannot be written. */
export interface Alternative {
  readonly text: string
  readonly needs: readonly string[]
}

/** Longest grammar that is given to the engine, in characters. */
const longestGrammar = 1 << 19

/** Gathers the rules of one grammar. */
export class GrammarBuilder {
  readonly #rules = new Map<string, { readonly alternatives: readonly Alternative[]; readonly place: SchemaPlace }>()
  readonly #json = new Set<JsonRule>()
  #names = 0
  #characters = 0

  /** A name for a rule that is defined later. */
  newName(): string {
    return `r${this.#names++}`
  }

  /** Gives the name of a rule of plain JSON, which is then part of the grammar. */
  json(rule: JsonRule): string {
    this.#json.add(rule)
    return rule
  }

  /** Defines a rule. Throws `unsupported-field` when the grammar becomes too long. */
  define(name: string, alternatives: readonly Alternative[], place: SchemaPlace): void {
    this.#rules.set(name, { alternatives, place })
    this.#characters += alternatives.reduce((sum, { text }) => sum + text.length + 3, name.length)
    if (this.#characters > longestGrammar) throw unsupportedSchema(place, 'the grammar becomes too large; simplify it')
  }

  /** The whole grammar, which begins with `root`. Throws `unsupported-field` when a rule has no finite value: an answer could never end. */
  text(root: string): string {
    this.#requireFinite()
    const lines = [...this.#rules].map(
      ([name, { alternatives }]) => `${name} ::= ${alternatives.map(({ text }) => text).join(' | ')}`,
    )
    return [`root ::= ${root}`, ...lines, ...jsonRules(this.#json)].join('\n')
  }

  #requireFinite(): void {
    const finite = new Set<string>()
    const isReached = ({ needs }: Alternative) => needs.every((name) => finite.has(name) || !this.#rules.has(name))
    let open = [...this.#rules]
    for (let before = -1; open.length !== before; ) {
      before = open.length
      open = open.filter(([name, { alternatives }]) => {
        if (!alternatives.some(isReached)) return true
        finite.add(name)
        return false
      })
    }
    const [infinite] = open
    if (infinite !== undefined) {
      throw unsupportedSchema(
        infinite[1].place,
        'no finite value satisfies it, because it needs itself; make the recursion optional',
      )
    }
  }
}
