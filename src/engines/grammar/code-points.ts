import { choice, codePoint, literal } from './grammar-text.ts'

/** Code points, as ranges [first, last]. */
export type CodePoints = readonly (readonly [first: number, last: number])[]

const highest = 0x10ffff

/** All other code points, in ascending order. */
export function complement(ranges: CodePoints): CodePoints {
  const others: [number, number][] = []
  let next = 0
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (first > next) others.push([next, first - 1])
    next = Math.max(next, last + 1)
  }
  if (next <= highest) others.push([next, highest])
  return others
}

/** Characters that a JSON string can only hold escaped, with what is written. Other control characters are left out. */
const escapes: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
])

const plainAscii: CodePoints = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x7f],
]

/** Everything beyond ASCII; surrogates are no characters, the two line ends of Unicode never come (see `withWholeCharacters`). */
const beyondAscii: CodePoints = [
  [0x80, 0x2027],
  [0x202a, 0xd7ff],
  [0xe000, highest],
]

/** Most characters beyond ASCII that are listed one by one. */
const mostListed = 64

/**
 * Grammar of one character inside a JSON string, out of these. The engine is wrong about classes with characters beyond ASCII (ranges of them
 * match single bytes), so only all of them or a few are possible; of almost all, none is taken. Undefined when it cannot be said.
 */
export function characterInString(points: CodePoints): string | undefined {
  const ascii = intersection(complement(complement(points)), plainAscii)
  const escaped = [...escapes].filter(([code]) => includes(points, code)).map(([, text]) => literal(text))
  const beyond = intersection(complement(complement(points)), beyondAscii)
  const missing = sizeOf(beyondAscii) - sizeOf(beyond)
  if (missing === 0) {
    const forbidden = intersection(complement(points), [[0, 0x7f]])
    return choice([`[^${rangesOf([...forbidden, [0, 0x1f], [0x22, 0x22], [0x5c, 0x5c]])}]`, ...escaped])
  }
  const isListed = sizeOf(beyond) <= mostListed
  if (!isListed && missing > mostListed) return undefined
  const alternatives = [
    ...(ascii.length === 0 ? [] : [`[${rangesOf(ascii)}]`]),
    ...escaped,
    ...(isListed ? everyOf(beyond).map((code) => literal(String.fromCodePoint(code))) : []),
  ]
  return alternatives.length === 0 ? undefined : choice(alternatives)
}

/** Both in ascending order. */
function intersection(a: CodePoints, b: CodePoints): CodePoints {
  return a.flatMap(([first, last]) =>
    b
      .filter(([start, end]) => start <= last && first <= end)
      .map(([start, end]): [number, number] => [Math.max(first, start), Math.min(last, end)]),
  )
}

function includes(points: CodePoints, code: number): boolean {
  return points.some(([first, last]) => first <= code && code <= last)
}

function sizeOf(points: CodePoints): number {
  return points.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

function everyOf(points: CodePoints): readonly number[] {
  return points.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
}

function rangesOf(points: CodePoints): string {
  return points
    .map(([first, last]) => (first === last ? codePoint(first) : `${codePoint(first)}-${codePoint(last)}`))
    .join('')
}
