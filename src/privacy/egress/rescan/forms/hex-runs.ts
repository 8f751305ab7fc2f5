import { ByteRunCollector, type ByteRuns } from './byte-runs.ts'
import { characterSet, eachRun } from './character-runs.ts'

const hexDigits = characterSet('0123456789abcdefABCDEF')
const separators = characterSet(' :,;._-\n\r\t')
/** So many bytes are the least that says something. */
const fewest = 3

/** The bytes that runs of hexadecimal digits stand for, from their first digit and, where they have many, from their second; and those of pairs with marks and separators between them. */
export function hexRuns(text: string): ByteRuns {
  const found = new ByteRunCollector()
  eachRun(text, hexDigits, 2 * fewest, (start, end) => {
    decode(text, start, end, found)
    if (end - start >= 8) decode(text, start + 1, end, found)
  })
  separatePairs(text, found)
  return found
}

function decode(text: string, start: number, end: number, found: ByteRunCollector): void {
  const length = (end - start) >> 1
  const bytes = found.place(length)
  const offset = found.offset
  for (let at = 0; at < length; at += 1) bytes[offset + at] = pairAt(text, start + 2 * at)
  found.keep(length)
}

/** `41:64:61`, `41 64 61`, `\x41\x64\x61`, `0x41, 0x64, 0x61`. */
function separatePairs(text: string, found: ByteRunCollector): void {
  let pairs: number[] = []
  const keep = (kept: readonly number[]) => {
    if (kept.length < fewest) return
    const bytes = found.place(kept.length)
    bytes.set(kept, found.offset)
    found.keep(kept.length)
  }
  const end = () => {
    if (pairs.length === 0) return
    keep(pairs)
    // The end of a word may look like the first pair.
    keep(pairs.slice(1))
    pairs = []
  }
  for (let at = 0; at < text.length; ) {
    const start = at + markAt(text, at)
    if (isHex(text, start) && isHex(text, start + 1) && !isHex(text, start + 2)) {
      pairs.push(pairAt(text, start))
      at = start + 2
      for (const last = at + 2; at < last && isIn(separators, text, at); ) at += 1
      continue
    }
    end()
    at += 1
    while (isHex(text, at - 1) && isHex(text, at)) at += 1
  }
  end()
}

/** Length of what says that a byte follows. */
function markAt(text: string, at: number): number {
  const first = text.charCodeAt(at)
  return (first === 0x30 || first === 0x5c) && (text.charCodeAt(at + 1) | 32) === 0x78 ? 2 : 0
}

function isHex(text: string, at: number): boolean {
  return isIn(hexDigits, text, at)
}

function isIn(set: Uint8Array, text: string, at: number): boolean {
  const code = at < text.length ? text.charCodeAt(at) : 128
  return code < 128 && set[code] === 1
}

function pairAt(text: string, at: number): number {
  return (digitOf(text.charCodeAt(at)) << 4) | digitOf(text.charCodeAt(at + 1))
}

function digitOf(code: number): number {
  return code <= 0x39 ? code - 0x30 : (code | 32) - 0x57
}
