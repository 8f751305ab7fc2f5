const decimal = /\p{Nd}/u
/** Commas and marks at the end of a Chinese sentence stay: they end an address. */
const foldable = /[[\p{Zs}\p{Pd}\p{Nd}\u2212\uff01-\uff5e]--[\0-\x7f\uff01\uff0c\uff1b\uff1f]]/v
const everyFoldable = new RegExp(foldable.source, 'gv')
const folded = new Map<string, string>()

/**
 * The text with every blank, dash, decimal digit and full-width letter as ASCII writes it, each at its place: as long as it was. The same string where nothing
 * changes.
 */
export function foldTypography(text: string): string {
  return foldable.test(text)
    ? text.replace(everyFoldable, (character) => folded.get(character) ?? fold(character))
    : text
}

function fold(character: string): string {
  const plain = character.length === 1 ? asciiOf(character.charCodeAt(0), character) : character
  folded.set(character, plain)
  return plain
}

function asciiOf(code: number, character: string): string {
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0)
  if (!decimal.test(character)) return /\p{Zs}/u.test(character) ? ' ' : '-'
  // Digits stand in tens, from zero to nine.
  let value = 0
  while (value < 9 && decimal.test(String.fromCharCode(code - value - 1))) value += 1
  return String(value)
}
