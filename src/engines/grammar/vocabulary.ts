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
  /** Tokens that may stand anywhere inside a JSON string, being nothing but whole plain characters, and how many. */
  readonly plain: readonly PlainToken[]
  /** The mask of them all, and the characters of the longest. */
  readonly plainMask: Uint32Array
  readonly longestPlain: number
  /** All others. */
  readonly special: TokenTrie
}

export interface PlainToken {
  readonly id: number
  readonly characters: number
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
  const plain = counted.flatMap(({ id, characters }) => (characters === undefined ? [] : [{ id, characters }]))
  return {
    size,
    endIds,
    bytesOf: (id) => (isText(id) ? tokenizer.bytesOf(id) : undefined),
    all: createTokenTrie(words),
    plain,
    plainMask: maskOf(plain, size),
    longestPlain: plain.reduce((most, { characters }) => Math.max(most, characters), 0),
    special: createTokenTrie(counted.filter(({ characters }) => characters === undefined)),
  }
}

function maskOf(tokens: readonly PlainToken[], size: number): Uint32Array {
  const mask = new Uint32Array(Math.ceil(size / 32))
  for (const { id } of tokens) allow(mask, id)
  return mask
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
