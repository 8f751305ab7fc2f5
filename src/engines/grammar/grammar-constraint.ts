import { EdgewiseError } from '../../spec/errors.ts'
import type { Constraint } from '../generation/constraint.ts'
import type { Place } from './place.ts'
import type { Places } from './places.ts'
import type { TokenMasks } from './token-masks.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A grammar for one vocabulary, ready to be followed by any number of answers. */
export interface CompiledGrammar {
  readonly param: string
  readonly places: Places
  readonly masks: TokenMasks
  readonly vocabulary: Vocabulary
}

/**
 * What the tokens of an answer may be that follows a grammar, behind the text that it already has. Throws `invalid-request` when that text is
 * no beginning of anything that the grammar allows. A mask throws `unsupported-field` where the vocabulary has no token for what must come.
 */
export function createGrammarConstraint({ param, places, masks, vocabulary }: CompiledGrammar, start = ''): Constraint {
  places.beginWork()
  const begun = places.behind(places.first, new TextEncoder().encode(start))
  if (begun === undefined) {
    const text = `the answer so far does not satisfy ${param}, so it cannot be continued`
    throw new EdgewiseError('invalid-request', text, { param })
  }
  let place: Place = begun
  return {
    async accept(id) {
      if (vocabulary.endIds.has(id)) return place.isEnd
      const bytes = vocabulary.bytesOf(id)
      if (bytes === undefined || bytes.length === 0) return false
      places.beginWork()
      const next = places.behind(place, bytes)
      if (next === undefined) return false
      place = next
      return true
    },
    async mask() {
      places.beginWork()
      const mask = masks.at(place)
      if (mask.some((word) => word !== 0)) return mask
      const text = `the tokens of this model cannot write what ${param} asks for next; simplify it`
      throw new EdgewiseError('unsupported-field', text, { param })
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
