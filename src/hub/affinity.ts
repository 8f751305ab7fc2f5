import { createHash } from 'node:crypto'

export interface AffinityCandidate {
  readonly name: string
  /** Requests that it is answering now. */
  readonly outstanding: number
}

/** A conversation leaves its member when that one has this many more requests than the least busy one. */
export const affinityMargin = 3

/**
 * Picks the member that should answer. Without `sticky` it is one of the least busy; with it, the conversation's own member unless that
 * one is busier than the least busy by `affinityMargin`, then its second own, and so on. Whose a conversation is tells rendezvous
 * hashing (Thaler and Ravishankar, 1998): when a member comes or goes, no other conversation moves.
 */
export function pickMember<C extends AffinityCandidate>(
  candidates: readonly C[],
  { key, sticky }: { readonly key: string; readonly sticky: boolean },
): C | undefined {
  const leastBusy = Math.min(...candidates.map(({ outstanding }) => outstanding))
  const mostOutstanding = sticky ? leastBusy + affinityMargin - 1 : leastBusy
  let best: C | undefined
  let bestWeight = -1
  for (const candidate of candidates) {
    if (candidate.outstanding > mostOutstanding) continue
    const weight = weightOf(key, candidate.name)
    if (weight > bestWeight) [best, bestWeight] = [candidate, weight]
  }
  return best
}

function weightOf(key: string, name: string): number {
  return createHash('sha256').update(`${key}\n${name}`).digest().readUIntBE(0, 6)
}
