/** A character that text has no use for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes written as characters are what is looked for
const isByte = /[\0-\x08\x0e-\x1f\x7f-\x9f]/
const fewest = 4

/** The bytes that stretches of a text stand for whose characters are bytes, one each. */
export function bytesInText(text: string): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  if (!isByte.test(text)) return found
  for (const line of text.split('\n')) {
    if (!isByte.test(line)) continue
    let start = 0
    for (let at = 0; at <= line.length; at += 1) {
      if (at < line.length && line.charCodeAt(at) <= 0xff) continue
      if (at - start >= fewest) found.push(bytesOf(line, start, at))
      start = at + 1
    }
  }
  return found
}

function bytesOf(line: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start)
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = line.charCodeAt(start + at)
  return bytes
}
