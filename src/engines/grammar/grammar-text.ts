/** A string literal of the grammar language (EBNF) that stands for exactly this text. */
export function literal(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}]/gu, (character) =>
    character === '"' || character === '\\' ? `\\${character}` : codePoint(character.codePointAt(0) ?? 0),
  )
  return `"${escaped}"`
}

/** A literal of the one compact JSON text of a value. */
export function jsonLiteral(value: unknown): string {
  return literal(JSON.stringify(value))
}

/** A code point as it stands in a literal or a class, with a fixed number of digits: nothing behind it can be taken for one more. */
export function codePoint(code: number): string {
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** `item` as often as the bounds say; no `most`: without end. */
export function repeated(item: string, least: number, most: number | undefined): string {
  if (most === 0) return '""'
  if (least === 0 && most === undefined) return `${item}*`
  if (least === 1 && most === 1) return item
  return `${item}{${least},${most ?? ''}}`
}

/** Any of these, in parentheses. */
export function choice(alternatives: readonly string[]): string {
  return alternatives.length === 1 ? (alternatives[0] ?? '""') : `(${alternatives.join(' | ')})`
}
