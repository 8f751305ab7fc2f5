import type { Place, Way } from './place.ts'
import type { Places } from './places.ts'
import type { TokenTrie } from './token-trie.ts'
import { allow, type Vocabulary } from './vocabulary.ts'

/** Masks that are kept: 5 MB for a vocabulary of 150 000. */
const mostKept = 256

/** The tokens that are allowed at a place. */
export class TokenMasks {
  readonly #places: Places
  readonly #vocabulary: Vocabulary
  /** By the ids of places, the one used last at the end. */
  readonly #kept = new Map<number, Uint32Array>()

  constructor(places: Places, vocabulary: Vocabulary) {
    this.#places = places
    this.#vocabulary = vocabulary
  }

  /** Bit `id % 32` of word `id >> 5`; not to be changed. */
  at(place: Place): Uint32Array {
    const known = this.#kept.get(place.id)
    const mask = known ?? this.#make(place)
    this.#kept.delete(place.id)
    this.#kept.set(place.id, mask)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
    return mask
  }

  #make(place: Place): Uint32Array {
    const { size, endIds, all, special } = this.#vocabulary
    const mask = new Uint32Array(Math.ceil(size / 32))
    if (place.isEnd) for (const id of endIds) allow(mask, id)
    // Inside strings nearly every token is allowed, and most of them in every string: only the others are tried.
    const inStrings = place.ways.filter(({ state }) => state.bounds !== undefined)
    for (const way of inStrings) this.#allowPlain(mask, way)
    if (inStrings.length > 0) this.#walk(mask, this.#places.ofWays(inStrings), special)
    const others = place.ways.filter(({ state }) => state.bounds === undefined)
    if (others.length > 0) this.#walk(mask, this.#places.ofWays(others), all)
    return mask
  }

  #allowPlain(mask: Uint32Array, { state, count }: Way): void {
    const plain = this.#vocabulary.plainMask((state.bounds?.most ?? 0) - count)
    for (let word = 0; word < mask.length; word++) mask[word] = (mask[word] ?? 0) | (plain[word] ?? 0)
  }

  /** Allows the tokens of a tree that can be read from a place. */
  #walk(mask: Uint32Array, start: Place, trie: TokenTrie): void {
    const { bytes, depths, ends, tokens } = trie
    const path: Place[] = [start]
    for (let node = 0; node < bytes.length; ) {
      const depth = depths[node] ?? 1
      const place = this.#places.after(path[depth - 1] ?? start, bytes[node] ?? 0)
      if (place === undefined) {
        node = ends[node] ?? bytes.length
        continue
      }
      path[depth] = place
      const token = tokens[node] ?? -1
      if (token >= 0) allow(mask, token)
      node++
    }
  }
}
