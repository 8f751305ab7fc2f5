import type { Constraint } from '../generation/constraint.ts'
import { isInMask } from '../generation/token-mask.ts'
import type { TokenTexts } from './token-texts.ts'
import { type Utf8State, utf8Behind } from './utf8-state.ts'

/**
 * A grammar's constraint whose answers are also UTF-8, without line ends that only Unicode knows: the grammar engine takes any byte from 0xC0
 * to 0xF7 for the beginning of a character.
 */
export function withWholeCharacters(inner: Constraint, tokens: TokenTexts): Constraint {
  let state: Utf8State = 'whole'
  return {
    async accept(id, signal) {
      const next = utf8Behind(state, tokens.bytesOf(id))
      if (next === undefined || !(await inner.accept(id, signal))) return false
      state = next
      return true
    },
    async mask(signal) {
      const mask = await inner.mask(signal)
      const doubtful = state === 'whole' ? tokens.broken : tokens.ids
      const forbidden = doubtful.filter(
        (id) => isInMask(mask, id) && utf8Behind(state, tokens.bytesOf(id)) === undefined,
      )
      return withoutIds(mask, forbidden)
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

/** The mask, or a copy of it that does not allow these tokens. */
export function withoutIds(mask: Uint32Array, ids: readonly number[]): Uint32Array {
  if (ids.length === 0) return mask
  const less = Uint32Array.from(mask)
  for (const id of ids) less[id >> 5] = (less[id >> 5] ?? 0) & ~(1 << (id & 31))
  return less
}
