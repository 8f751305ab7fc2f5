const isEscaped = /%[0-9a-fA-F]{2}/
/** A form as browsers send it has + between words. */
const isForm = /=[\p{L}\p{N}.'-]{1,64}\+[\p{L}\p{N}]/u

/** The lines of a text that are percent-encoded, decoded; undefined when there are none. */
export function withoutPercentEscapes(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return undefined
  const lines = text.split('\n').filter((line) => isEscaped.test(line) || isForm.test(line))
  if (lines.length === 0) return undefined
  const bytes = new TextEncoder().encode(lines.join('\n'))
  let written = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    const [high, low] = byte === 0x25 ? [digitOf(bytes[at + 1]), digitOf(bytes[at + 2])] : [-1, -1]
    const isEscape = high >= 0 && low >= 0
    if (isEscape) at += 2
    bytes[written] = isEscape ? (high << 4) | low : byte === 0x2b ? 0x20 : byte
    written += 1
  }
  return new TextDecoder().decode(bytes.subarray(0, written))
}

function digitOf(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 32
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
