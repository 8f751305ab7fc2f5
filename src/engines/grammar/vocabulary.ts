import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { utf8Ranges } from './code-points.ts'
import { plainCharacters } from './string-characters.ts'
import { createTokenTrie, type TokenTrie } from './token-trie.ts'

/** A model's tokens, as masks are made from them. Control tokens are no text and in none of the lists. */
export interface Vocabulary {
  /** Numbers in a row of logits. */
  readonly size: number
  readonly endIds: ReadonlySet<number>
  /** Bytes of a token; undefined for one that is no text. */
  bytesOf(id: number): Uint8Array | undefined
  readonly all: TokenTrie
  /** The mask of the tokens that may stand anywhere inside a JSON string with room for so many characters, being nothing but whole plain ones. */
  plainMask(room: number): Uint32Array
  /** All others. */
  readonly special: TokenTrie
}

export interface VocabularyOptions {
  readonly tokenizer: Pick<Tokenizer, 'bytesOf' | 'isControl'>
  /** Numbers in a row of logits. */
  readonly size: number
  readonly endIds: ReadonlySet<number>
}

/** Looks at each token once, which takes some tenths of a second for 150 000. */
export function createVocabulary({ tokenizer, size, endIds }: VocabularyOptions): Vocabulary {
  const isText = (id: number) => id < size && !tokenizer.isControl(id) && !endIds.has(id)
  const words = Array.from({ length: size }, (_, id) => ({ id, bytes: tokenizer.bytesOf(id) })).filter(
    ({ id, bytes }) => isText(id) && bytes.length > 0,
  )
  const counted = words.map((word) => ({ ...word, characters: plainCharactersIn(word.bytes) }))
  return {
    size,
    endIds,
    bytesOf: (id) => (isText(id) ? tokenizer.bytesOf(id) : undefined),
    all: createTokenTrie(words),
    plainMask: plainMasks(counted, size),
    special: createTokenTrie(counted.filter(({ characters }) => characters === undefined)),
  }
}

interface CountedWord {
  readonly id: number
  /** Undefined for a word that is no plain text. */
  readonly characters: number | undefined
}

/** Makes each mask once: there are as few as the longest token has characters. */
function plainMasks(words: readonly CountedWord[], size: number): (room: number) => Uint32Array {
  const longest = words.reduce((most, { characters = 0 }) => Math.max(most, characters), 0)
  const masks = new Map<number, Uint32Array>()
  return (room) => {
    const most = Math.min(room, longest)
    const known = masks.get(most)
    if (known !== undefined) return known
    const mask = new Uint32Array(Math.ceil(size / 32))
    for (const { id, characters } of words) if (characters !== undefined && characters <= most) allow(mask, id)
    masks.set(most, mask)
    return mask
  }
}

/** Sets the bit of a token. */
export function allow(mask: Uint32Array, id: number): void {
  mask[id >> 5] = (mask[id >> 5] ?? 0) | (1 << (id & 31))
}

const runs = utf8Ranges(plainCharacters)

/** Number of characters of a text that is nothing but whole plain ones; undefined for any other. */
function plainCharactersIn(bytes: Uint8Array): number | undefined {
  let characters = 0
  for (let start = 0; start < bytes.length; characters++) {
    const byte = bytes[start] ?? 0
    // Most are ASCII, and there are many.
    if (byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c) {
      start++
      continue
    }
    const run = runs.find((ranges) =>
      ranges.every(([first, last], index) => {
        const byte = bytes[start + index]
        return byte !== undefined && first <= byte && byte <= last
      }),
    )
    if (run === undefined) return undefined
    start += run.length
  }
  return characters
}
