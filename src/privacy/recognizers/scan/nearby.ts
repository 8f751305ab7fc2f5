import type { ContextKind } from './context-words.ts'
import type { Scan } from './scan.ts'

export interface Reach {
  /** How far before the value a word may end, in UTF-16 units. */
  readonly before?: number
  /** How far behind the value a word may start. */
  readonly after?: number
}

/** True when a context word of this kind stands near [start, end). */
export function isNear(
  scan: Scan,
  kind: ContextKind,
  { start, end }: { readonly start: number; readonly end: number },
  { before = 40, after = 0 }: Reach = {},
): boolean {
  const words = scan.context(kind)
  if (words.count === 0) return false
  const next = words.countBefore(start)
  if (next > 0 && words.end(next - 1) <= start && start - words.end(next - 1) <= before) return true
  const behind = words.countBefore(end)
  return after > 0 && behind < words.count && words.start(behind) - end <= after
}
