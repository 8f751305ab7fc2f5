import { addMask, allow, emptyMask } from '../generation/token-mask.ts'
import type { Place, Way } from './place.ts'
import type { Places } from './places.ts'
import { nodeSize, type TokenTrie } from './token-trie.ts'
import type { Vocabulary } from './vocabulary.ts'

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
    const { size, endIds, all } = this.#vocabulary
    const mask = emptyMask(size)
    if (place.isEnd) for (const id of endIds) allow(mask, id)
    const inStrings = place.ways.filter(({ state }) => state.bounds !== undefined)
    if (inStrings.length > 0) this.#allowInStrings(mask, inStrings)
    const others =
      inStrings.length === 0 ? place : this.#places.ofWays(place.ways.filter(({ state }) => state.bounds === undefined))
    if (others.ways.length > 0) this.#walk(others, all, (token) => allow(mask, token))
    return mask
  }

  /** Inside strings nearly every token is allowed, and most of them in every string: only what stands behind the end of one is tried. */
  #allowInStrings(mask: Uint32Array, ways: readonly Way[]): void {
    const { staying, closing, behind, bare } = this.#vocabulary.inStrings
    addMask(mask, staying(Math.max(...ways.map(({ state, count }) => (state.bounds?.most ?? 0) - count))))
    for (const [first, ...rest] of alike(ways)) {
      const { bounds } = first.state
      const least = (bounds?.least ?? 0) - first.count
      const most = (bounds?.most ?? 0) - first.count
      const allowClosing = (group: number) => {
        for (const { id, characters } of closing[group] ?? [])
          if (characters >= least && characters <= most) allow(mask, id)
      }
      allowClosing(bare)
      this.#walk(this.#places.behindStrings([first, ...rest]), behind, allowClosing)
    }
  }

  /** Finds the words of a tree that can be read from a place. */
  #walk(start: Place, { nodes, roots }: TokenTrie, found: (word: number) => void): void {
    const { firsts, lasts } = this.#places.rangesOf(start)
    const path: Place[] = [start]
    for (let range = 0; range < firsts.length; range++) {
      const end = roots[(lasts[range] ?? 0) + 1] ?? 0
      for (let node = roots[firsts[range] ?? 0] ?? 0; node < end; ) {
        const place = nodeSize * node
        const head = nodes[place] ?? 0
        const depth = head >> 8
        const reached = this.#places.after(path[depth - 1] ?? start, head & 0xff)
        if (reached === undefined) {
          node = nodes[place + 1] ?? end
          continue
        }
        path[depth] = reached
        const token = nodes[place + 2] ?? -1
        if (token >= 0) found(token)
        node++
      }
    }
  }
}

/** Ways in strings, those together that may have as many characters more. */
function alike(ways: readonly Way[]): Iterable<readonly [Way, ...Way[]]> {
  const groups = new Map<string, [Way, ...Way[]]>()
  for (const way of ways) {
    const { state, count } = way
    const key = `${(state.bounds?.least ?? 0) - count} ${(state.bounds?.most ?? 0) - count}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [way])
    else group.push(way)
  }
  return groups.values()
}
