import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Vocabulary } from './thread-protocol.ts'

export interface VocabularyOptions {
  readonly tokenizer: Pick<Tokenizer, 'bytesOf' | 'isControl'>
  /** Numbers in a row of logits. */
  readonly size: number
  readonly endIds: ReadonlySet<number>
}

/** A model's vocabulary as the grammar engine takes it, whatever kind of tokenizer it has. Control tokens are no text and never allowed. */
export function vocabularyOf({ tokenizer, size, endIds }: VocabularyOptions): Vocabulary {
  const words = Array.from({ length: size }, (_, id) =>
    tokenizer.isControl(id) ? '' : byteLevelWord(tokenizer.bytesOf(id)),
  )
  return { words, size, endIds: [...endIds].filter((id) => id < size) }
}

function byteLevelWord(bytes: Uint8Array): string {
  let word = ''
  for (const byte of bytes) word += byteLevelAlphabet[byte]
  return word
}

/** GPT-2's printable character for each byte. */
const byteLevelAlphabet: readonly string[] = (() => {
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad)
    return String.fromCharCode(isPrintable ? byte : next++)
  })
})()
