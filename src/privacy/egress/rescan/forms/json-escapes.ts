const plain: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** The lines of a text that have JSON's escapes in them, without these; undefined when there are none. */
export function withoutJsonEscapes(text: string): string | undefined {
  if (!text.includes('\\')) return undefined
  const lines = text
    .split('\n')
    .filter((line) => line.includes('\\'))
    .join('\n')
  const units = new Uint16Array(lines.length)
  let written = 0
  for (let at = 0; at < lines.length; at += 1, written += 1) {
    const unit = lines.charCodeAt(at)
    units[written] = unit
    if (unit !== 0x5c || at + 1 >= lines.length) continue
    const { unit: meant, length } = escapeAt(lines, at)
    units[written] = meant
    at += length - 1
  }
  return new TextDecoder('utf-16le').decode(units.subarray(0, written))
}

/** What the escape at a backslash means, and its length. One that JSON does not know means what follows the backslash. */
function escapeAt(text: string, at: number): { readonly unit: number; readonly length: number } {
  const letter = text.charAt(at + 1)
  const digits = letter === 'u' ? 4 : letter === 'x' ? 2 : 0
  const written = text.slice(at + 2, at + 2 + digits)
  if (digits > 0 && written.length === digits && /^[0-9a-fA-F]+$/.test(written)) {
    return { unit: Number.parseInt(written, 16), length: 2 + digits }
  }
  return { unit: (plain[letter] ?? letter).charCodeAt(0), length: 2 }
}
