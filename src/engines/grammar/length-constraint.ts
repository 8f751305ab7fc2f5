import type { Constraint } from '../generation/constraint.ts'
import { isInMask } from '../generation/token-mask.ts'
import { type LengthsByStart, type Place, placeBefore } from './length-place.ts'
import type { TokenTexts } from './token-texts.ts'
import { withoutIds } from './whole-characters.ts'

export interface WithLengthsOptions {
  /** What the grammar says. */
  readonly inner: Constraint
  readonly starts: LengthsByStart
  readonly tokens: TokenTexts
  /** Text that the answer already has. */
  readonly start: string
}

/** A grammar's constraint whose strings also keep their lengths. */
export function withLengths({ inner, starts, tokens, start }: WithLengthsOptions): Constraint {
  let place = behind(placeBefore(starts), new TextEncoder().encode(start)) ?? placeBefore(new Map())
  return {
    async accept(id, signal) {
      const next = behind(place, tokens.bytesOf(id))
      if (next === undefined || !(await inner.accept(id, signal))) return false
      place = next
      return true
    },
    async mask(signal) {
      const mask = await inner.mask(signal)
      return withoutIds(mask, tooLong(mask, place, tokens))
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

/** The tokens of a mask that a string's length forbids. */
function tooLong(mask: Uint32Array, place: Place, tokens: TokenTexts): readonly number[] {
  const { value } = place
  const isForbidden = (id: number) => isInMask(mask, id) && behind(place, tokens.bytesOf(id)) === undefined
  if (value === undefined || value.isEscaping) return tokens.ids.filter(isForbidden)
  const special = tokens.special.filter(isForbidden)
  const { room } = value
  if (room === undefined || room >= tokens.mostCharacters) return special
  return [...special, ...tokens.ids.filter((id) => tokens.charactersOf(id) > room && !tokens.isSpecial(id))]
}

function behind(place: Place, bytes: Uint8Array): Place | undefined {
  let next: Place | undefined = place
  for (const byte of bytes) next = next?.after(byte)
  return next
}
