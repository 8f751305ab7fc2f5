import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { createStringWords, type StringWords } from './string-words.ts'
import { createTokenTrie, type TokenTrie } from './token-trie.ts'

/** A model's tokens, as masks are made from them. Control tokens are no text and in none of the lists. */
export interface Vocabulary {
  /** Numbers in a row of logits. */
  readonly size: number
  readonly endIds: ReadonlySet<number>
  /** Bytes of a token; undefined for one that is no text. */
  bytesOf(id: number): Uint8Array | undefined
  readonly all: TokenTrie
  /** The same tokens, as they stand inside a JSON string. */
  readonly inStrings: StringWords
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
  return {
    size,
    endIds,
    bytesOf: (id) => (isText(id) ? tokenizer.bytesOf(id) : undefined),
    all: createTokenTrie(words),
    inStrings: createStringWords(words, size),
  }
}
