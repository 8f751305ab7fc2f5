import { ByteRunCollector, type ByteRuns } from './byte-runs.ts'
import { characterSet, eachRun } from './character-runs.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const letters = characterSet(`${alphabet}-_`)
const values = new Uint8Array(128)
for (const [value, letter] of [...alphabet].entries()) values[letter.charCodeAt(0)] = value
values[0x2d] = 62
values[0x5f] = 63

/** One group of four letters is the least that says something. */
const shortest = 4
/** Shorter runs are taken to begin where they begin; in longer ones something else may stand before. */
const longRun = 8
/** Lines of this length and more may go on in the next one, as mail and PEM files break them. */
const longLine = 40

/** The bytes that runs of base64 letters, standard or URL-safe, stand for: from every letter where the first group may begin. */
export function base64Runs(text: string): ByteRuns {
  const found = new ByteRunCollector()
  let lines: string[] = []
  let lineEnd = 0
  const endOfLines = () => {
    if (lines.length > 1) decodings(lines.join(''), { start: 0, end: Number.POSITIVE_INFINITY }, found)
    lines = []
  }
  eachRun(text, letters, shortest, (start, end) => {
    decodings(text, { start, end }, found)
    if (lines.length > 0 && !isLineBreak(text, lineEnd, start)) endOfLines()
    if (lines.length > 0 || end - start >= longLine) lines.push(text.slice(start, end))
    lineEnd = end
    if (end - start < longLine) endOfLines()
  })
  endOfLines()
  return found
}

function isLineBreak(text: string, from: number, to: number): boolean {
  return to - from <= 80 && /^\s*\n\s*$/.test(text.slice(from, to))
}

interface Run {
  readonly start: number
  readonly end: number
}

function decodings(text: string, { start, end }: Run, found: ByteRunCollector): void {
  const last = Math.min(end, text.length)
  const starts = last - start >= longRun ? 4 : 1
  for (let skipped = 0; skipped < starts; skipped += 1) decode(text, { start: start + skipped, end: last }, found)
}

function decode(text: string, { start, end }: Run, found: ByteRunCollector): void {
  const length = ((end - start) * 3) >> 2
  const bytes = found.place(length)
  const valueAt = (at: number) => (at < end ? (values[text.charCodeAt(at)] ?? 0) : 0)
  let written = found.offset
  for (let at = start; at < end; at += 4) {
    const group = (valueAt(at) << 18) | (valueAt(at + 1) << 12) | (valueAt(at + 2) << 6) | valueAt(at + 3)
    // What is written past the length is written over.
    bytes[written] = group >> 16
    bytes[written + 1] = (group >> 8) & 255
    bytes[written + 2] = group & 255
    written += 3
  }
  found.keep(length)
}
