/** Tokens [from, to) that are read together, of which [start, end) get their tags from it. */
export interface TokenWindow {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

export interface WindowSize {
  /** Tokens that one window reads. */
  readonly tokens: number
  /** Tokens on each side of a token that its tag depends on. */
  readonly receptiveField: number
}

/** Windows over `count` tokens, so that each token is tagged once, and sees as much of both sides as if all were read together. */
export function tokenWindows(count: number, { tokens, receptiveField }: WindowSize): readonly TokenWindow[] {
  // One more: features of a token may tell of its neighbours.
  const margin = receptiveField + 1
  const windows: TokenWindow[] = []
  for (let start = 0; start < count; ) {
    const from = Math.max(0, start - margin)
    const isLast = count - from <= tokens
    const end = isLast ? count : Math.min(count, Math.max(start + 1, from + tokens - margin))
    windows.push({ from, to: Math.min(count, end + margin), start, end })
    start = end
  }
  return windows
}
