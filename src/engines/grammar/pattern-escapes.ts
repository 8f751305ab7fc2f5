import { type CodePoints, complement } from './code-points.ts'

/** Throws the refusal of a pattern, with what is wrong with it. */
export type Refuse = (message: string) => never

/** Code points, and the place behind what was read. */
export interface Read {
  readonly points: CodePoints
  readonly end: number
}

const digits: CodePoints = [[0x30, 0x39]]
const wordCharacters: CodePoints = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]
const spaces: CodePoints = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]

const sets: Readonly<Record<string, CodePoints>> = {
  d: digits,
  D: complement(digits),
  w: wordCharacters,
  W: complement(wordCharacters),
  s: spaces,
  S: complement(spaces),
}

const controls: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d, 0: 0 }

/** Reads what the backslash at `start` stands for. */
export function escapeAt(text: readonly string[], start: number, refuse: Refuse): Read {
  const letter = text[start + 1]
  if (letter === undefined) return refuse('it ends in a backslash')
  const end = start + 2
  const set = Object.hasOwn(sets, letter) ? sets[letter] : undefined
  if (set !== undefined) return { points: set, end }
  if (letter === '0' && /\d/.test(text[end] ?? '')) refuse('octal escapes cannot be enforced')
  const control = Object.hasOwn(controls, letter) ? controls[letter] : undefined
  if (control !== undefined) return one(control, end)
  if (letter === 'x' || letter === 'u') return hexEscape(text.slice(start, start + 12).join(''), start, refuse)
  if (/[A-Za-z0-9]/.test(letter)) return refuse(`\\${letter} in a pattern cannot be enforced`)
  return one(letter.codePointAt(0) ?? 0, end)
}

/** Reads the class whose bracket stands at `start`. */
export function characterClass(text: readonly string[], start: number, refuse: Refuse): Read {
  let place = start + 1
  const isNegated = text[place] === '^'
  if (isNegated) place++
  const ranges: (readonly [number, number])[] = []
  while (text[place] !== ']') {
    const first = classMember(text, place, refuse)
    place = first.end
    if (text[place] !== '-' || text[place + 1] === ']') {
      ranges.push(...first.points)
      continue
    }
    const last = classMember(text, place + 1, refuse)
    place = last.end
    const from = onlyOne(first.points)
    const to = onlyOne(last.points)
    if (from === undefined || to === undefined || from > to) return refuse('a range in a character class is wrong')
    ranges.push([from, to])
  }
  return { points: isNegated ? complement(ranges) : ranges, end: place + 1 }
}

function classMember(text: readonly string[], place: number, refuse: Refuse): Read {
  const character = text[place]
  if (character === undefined) return refuse('a character class is not closed')
  if (character === '\\') return text[place + 1] === 'b' ? one(0x08, place + 2) : escapeAt(text, place, refuse)
  return one(character.codePointAt(0) ?? 0, place + 1)
}

function hexEscape(text: string, start: number, refuse: Refuse): Read {
  const [whole, braced, four, two] =
    /^\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))/.exec(text) ?? []
  if (whole === undefined) return refuse('an escape with hexadecimal digits is wrong')
  return one(Number.parseInt(braced ?? four ?? two ?? '0', 16), start + whole.length)
}

function one(code: number, end: number): Read {
  return { points: [[code, code]], end }
}

function onlyOne(points: CodePoints): number | undefined {
  const [range] = points
  return points.length === 1 && range !== undefined && range[0] === range[1] ? range[0] : undefined
}
