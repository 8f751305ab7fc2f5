import type { SparseRow } from './sparse-row.ts'

export interface HashedNgramOptions {
  /** Columns; n-grams that fall on the same one share it. */
  readonly columns: number
  /** Weight of words beside characters, so that neither drowns the other. */
  readonly wordShare?: number
}

/**
 * Words, pairs of words, and runs of three to five letters within a word, of a text in small letters, hashed into columns. Words and
 * letters are scaled to length one each before they are weighed; a text without words is all zero.
 */
export function hashedNgrams(text: string, { columns, wordShare = 0.5 }: HashedNgramOptions): SparseRow {
  const words = text.toLowerCase().match(/[\p{L}]+|\p{N}|[^\s\p{L}\p{N}]/gu) ?? []
  const wordCounts = new Map<number, number>()
  const letterCounts = new Map<number, number>()
  let before = '^'
  for (const word of words) {
    count(wordCounts, hash(`w${word}`) % columns)
    count(wordCounts, hash(`p${before} ${word}`) % columns)
    const padded = ` ${word} `
    for (const size of [3, 4, 5]) {
      for (let at = 0; at + size <= padded.length; at++)
        count(letterCounts, hash(padded.slice(at, at + size)) % columns)
    }
    before = word
  }
  return merged(scaled(wordCounts, Math.sqrt(wordShare)), scaled(letterCounts, Math.sqrt(1 - wordShare)))
}

/** FNV-1a over UTF-16 units, with a final mix because the low bits of FNV alone are uneven. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value ^= value >>> 16
  value = Math.imul(value, 0x85ebca6b)
  value ^= value >>> 13
  return value >>> 0
}

function count(counts: Map<number, number>, column: number): void {
  counts.set(column, (counts.get(column) ?? 0) + 1)
}

/** The tenth same word says less than the first: counts grow as 1 + log. */
function scaled(counts: ReadonlyMap<number, number>, size: number): Map<number, number> {
  const logs = new Map([...counts].map(([column, times]) => [column, 1 + Math.log(times)] as const))
  const length = Math.sqrt([...logs.values()].reduce((sum, value) => sum + value * value, 0))
  return new Map([...logs].map(([column, value]) => [column, (size * value) / length] as const))
}

function merged(a: Map<number, number>, b: Map<number, number>): SparseRow {
  for (const [column, value] of b) a.set(column, (a.get(column) ?? 0) + value)
  return { columns: Int32Array.from(a.keys()), values: Float64Array.from(a.values()) }
}
