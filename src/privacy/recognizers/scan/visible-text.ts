/** Soft hyphens, joiners, fillers, marks of direction, and what chooses between forms of the character before. */
const invisible =
  /\u034f|[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\uffa0]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e01ef}]/u
const everyInvisible = new RegExp(invisible.source, 'gu')

export interface VisibleText {
  readonly text: string
  /** Where a stretch of it, [start, end), stands in the whole text, with the invisible characters inside. */
  placeOf(stretch: { readonly start: number; readonly end: number }): { readonly start: number; readonly end: number }
}

/** The text without its invisible characters. */
export function withoutInvisible(text: string): string {
  return text.replace(everyInvisible, '')
}

/** The text as anybody sees it; undefined for one without invisible characters. */
export function visibleText(text: string): VisibleText | undefined {
  if (!invisible.test(text)) return undefined
  const places = new Uint32Array(text.length)
  const parts: string[] = []
  let from = 0
  let length = 0
  const keep = (end: number) => {
    parts.push(text.slice(from, end))
    while (from < end) places[length++] = from++
  }
  for (const { 0: character, index } of text.matchAll(everyInvisible)) {
    keep(index)
    from = index + character.length
  }
  keep(text.length)
  return {
    text: parts.join(''),
    placeOf: ({ start, end }) => ({ start: places[start] ?? start, end: (places[end - 1] ?? end - 1) + 1 }),
  }
}
