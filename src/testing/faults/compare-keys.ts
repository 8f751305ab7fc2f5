/** How many faults happened, and what became of what was acknowledged. */
export interface FaultTally {
  readonly injected: number
  readonly acknowledged: number
  /** Acknowledged and found nowhere afterwards. */
  readonly lost: number
  /** Found more than once. */
  readonly duplicated: number
}

/** Compares what was acknowledged with what was found afterwards, repeats included. What was never acknowledged may be there or not. */
export function compareKeys(
  acknowledged: Iterable<string>,
  found: readonly string[],
): { readonly lost: readonly string[]; readonly duplicated: readonly string[] } {
  const seen = new Set<string>()
  const duplicated = found.filter((key) => seen.size === seen.add(key).size)
  return { lost: [...acknowledged].filter((key) => !seen.has(key)), duplicated }
}
