/** What one UTF-16 unit is, as far as the scan cares. */
export const characterKind = { other: 0, digit: 1, letter: 2, joint: 3, han: 4 } as const

const table = new Uint8Array(0x250)
for (let code = 0; code < table.length; code++) table[code] = kindOfNarrow(code)

/** Digits and letters of ASCII and the Latin blocks, what joins them in keys and tokens (`-_+/=.~`), Chinese characters, and the rest. */
export function kindOf(code: number): number {
  if (code < table.length) return table[code] ?? characterKind.other
  if (code >= 0x3400 && code <= 0x9fff) return characterKind.han
  // Other alphabets, so that words in them are words; marks that combine belong to the letter before.
  return (code >= 0x250 && code < 0x2000) || (code >= 0xac00 && code < 0xd7b0)
    ? characterKind.letter
    : characterKind.other
}

function kindOfNarrow(code: number): number {
  const character = String.fromCharCode(code)
  if (/[0-9]/.test(character)) return characterKind.digit
  if (/[\p{L}]/u.test(character)) return characterKind.letter
  return /[-_+/=.~]/.test(character) ? characterKind.joint : characterKind.other
}
