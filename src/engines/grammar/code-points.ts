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

/** Those in both. */
export function intersection(a: CodePoints, b: CodePoints): CodePoints {
  return a.flatMap(([first, last]) =>
    b
      .filter(([start, end]) => start <= last && first <= end)
      .map(([start, end]): [number, number] => [Math.max(first, start), Math.min(last, end)]),
  )
}

export function includesPoint(points: CodePoints, code: number): boolean {
  return points.some(([first, last]) => first <= code && code <= last)
}

/** Code points of one length in UTF-8; surrogates are in none. */
const lengths: CodePoints = [
  [0, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, highest],
]

/** A run of byte ranges, one for each byte of a character. */
export type ByteRanges = readonly (readonly [first: number, last: number])[]

/** Of sets that were asked for: most of them stand in grammars again and again. */
const known = new WeakMap<CodePoints, readonly ByteRanges[]>()

/** The UTF-8 of code points, as runs of byte ranges: a text is one of them exactly when its bytes lie in the ranges of a run. */
export function utf8Ranges(points: CodePoints): readonly ByteRanges[] {
  const ranges = known.get(points) ?? makeUtf8Ranges(points)
  known.set(points, ranges)
  return ranges
}

function makeUtf8Ranges(points: CodePoints): readonly ByteRanges[] {
  if (points.every(([, last]) => last < 0x80)) return points.map((range) => [range])
  return intersection(points, lengths).flatMap(([first, last]) => rangesBetween(bytesOf(first), bytesOf(last)))
}

function bytesOf(code: number): readonly number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(code))]
}

/** All byte strings from `low` to `high`, both of one length. */
function rangesBetween(low: readonly number[], high: readonly number[]): readonly ByteRanges[] {
  const [first = 0, ...lowRest] = low
  const [last = 0, ...highRest] = high
  if (lowRest.length === 0) return [[[first, last]]]
  const isFullLow = lowRest.every((byte) => byte === 0x80)
  const isFullHigh = highRest.every((byte) => byte === 0xbf)
  if (first === last) return rangesBetween(lowRest, highRest).map((run) => [[first, first], ...run])
  if (isFullLow && isFullHigh) return [[[first, last], ...lowRest.map(() => [0x80, 0xbf] as const)]]
  const from = isFullLow ? first : first + 1
  const to = isFullHigh ? last : last - 1
  const lowest = lowRest.map(() => 0x80)
  const highestRest = lowRest.map(() => 0xbf)
  return [
    ...(isFullLow ? [] : rangesBetween(low, [first, ...highestRest])),
    ...(from > to ? [] : rangesBetween([from, ...lowest], [to, ...highestRest])),
    ...(isFullHigh ? [] : rangesBetween([last, ...lowest], high)),
  ]
}
