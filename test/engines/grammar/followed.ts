import { compileAutomaton } from '../../../src/engines/grammar/compile-automaton.ts'
import type { Grammar } from '../../../src/engines/grammar/grammar.ts'
import { Places } from '../../../src/engines/grammar/places.ts'
import { schemaGrammar } from '../../../src/engines/grammar/schema-grammar.ts'

/** A test of texts: true for those that the grammar allows, and may end where they do. */
export function allowed(grammar: Grammar): (text: string) => boolean {
  const places = new Places(compileAutomaton(grammar, 'test'), 'test')
  return (text) => {
    places.beginWork()
    return places.behind(places.first, new TextEncoder().encode(text))?.isEnd === true
  }
}

/** The same for the values of a JSON Schema. */
export function satisfying(schema: unknown): (text: string) => boolean {
  return allowed(schemaGrammar(schema, 'schema'))
}
