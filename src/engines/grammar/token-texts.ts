import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { utf8Behind } from './utf8-state.ts'

/** What the tokens of a vocabulary say, as far as constraints look at them; the same for all answers of a model. */
export interface TokenTexts {
  readonly ids: readonly number[]
  bytesOf(id: number): Uint8Array
  /** Characters that begin in the token. */
  charactersOf(id: number): number
  readonly mostCharacters: number
  /** True for a token with a quote or a backslash in it: what it does to a string depends on the place. */
  isSpecial(id: number): boolean
  readonly special: readonly number[]
  /** Tokens that are no whole UTF-8 text of their own. */
  readonly broken: readonly number[]
}

/** Looks at each of `size` tokens once. */
export function createTokenTexts(tokenizer: Pick<Tokenizer, 'bytesOf'>, size: number): TokenTexts {
  const ids = Array.from({ length: size }, (_, id) => id)
  const characters = Uint16Array.from(ids, (id) => beginningsIn(tokenizer.bytesOf(id)))
  const special = ids.filter((id) => tokenizer.bytesOf(id).some((byte) => byte === 0x22 || byte === 0x5c))
  const specials = new Set(special)
  return {
    ids,
    bytesOf: (id) => tokenizer.bytesOf(id),
    charactersOf: (id) => characters[id] ?? 0,
    mostCharacters: characters.reduce((most, count) => Math.max(most, count), 0),
    isSpecial: (id) => specials.has(id),
    special,
    broken: ids.filter((id) => utf8Behind('whole', tokenizer.bytesOf(id)) !== 'whole'),
  }
}

/** Bytes of the form 10xxxxxx continue a character, all others begin one. */
function beginningsIn(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + ((byte & 0xc0) === 0x80 ? 0 : 1), 0)
}
