import type { PrivacyAction } from '../../spec/privacy-policy.ts'
import type { FoundToken } from '../pseudonyms/token.ts'
import type { Entity } from '../recognizers/recognizer.ts'
import { stricter } from './inspect.ts'

/** A stretch of text that is replaced as one: a finding, a known value, text that looks like a pseudonym, or several of them that overlap. */
export interface Cluster {
  readonly start: number
  readonly end: number
  readonly entity: Entity
  readonly action: PrivacyAction
  /** It is nothing but text that looks like a pseudonym. */
  readonly literal?: FoundToken
}

/** Overlapping stretches become one, which reaches as far as all of them and takes the strictest of their actions. In order. */
export function mergeClusters(stretches: readonly Cluster[]): readonly Cluster[] {
  const sorted = [...stretches].sort((a, b) => a.start - b.start || b.end - a.end)
  const merged: Cluster[] = []
  for (const next of sorted) {
    const last = merged.at(-1)
    if (last === undefined || next.start >= last.end) merged.push(next)
    else merged[merged.length - 1] = union(last, next)
  }
  return merged
}

function union(a: Cluster, b: Cluster): Cluster {
  const leading = a.literal === undefined && stricter(a.action, b.action) === a.action ? a : b
  const { entity } = leading.literal === undefined ? leading : a
  return { start: a.start, end: Math.max(a.end, b.end), entity, action: stricter(a.action, b.action) }
}
