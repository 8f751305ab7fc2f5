import type { Drawing } from '../../../src/engines/generation/sampler.ts'

/** Share of each token when drawn from this row, by full sorts and plain lists: what the sampler is held against. */
export function referenceShares(row: readonly number[], drawing: Drawing, allowed?: ReadonlySet<number>): number[] {
  const kept = keptWeights(row, drawing)
  const among = allowed === undefined ? kept : kept.filter(({ id }) => allowed.has(id))
  if (among.length === 0 && allowed !== undefined) {
    const masked = row.map((logit, id) => (allowed.has(id) ? logit : Number.NEGATIVE_INFINITY))
    return referenceShares(masked, drawing)
  }
  const total = sum(among.map(({ weight }) => weight))
  const shares = row.map(() => 0)
  for (const { id, weight } of among) shares[id] = weight / total
  return shares
}

/** Smallest distance of a border of top-p or min-p from a token's own value: where it is tiny, rounding decides which side the token is on. */
export function closestBorder(row: readonly number[], { topP, minP = 0, ...rest }: Drawing): number {
  const { temperature } = rest
  if (temperature === 0) return 1
  const kept = keptWeights(row, { ...rest, topP: 1 })
  const total = sum(kept.map(({ weight }) => weight))
  let mass = 0
  const distances = kept.map(({ weight }) => {
    mass += weight / total
    return Math.min(topP < 1 ? Math.abs(mass - topP) : 1, Math.abs(weight - minP))
  })
  return Math.min(...distances)
}

function keptWeights(row: readonly number[], { temperature, topK, topP, minP = 0 }: Drawing) {
  const order = row.map((_, id) => id).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b)
  const highest = row[order[0] ?? 0] ?? 0
  if (temperature === 0) return [{ id: order[0] ?? 0, weight: 1 }]
  const few = topK === 0 ? order : order.slice(0, topK)
  const all = few.map((id) => ({ id, weight: Math.exp(((row[id] ?? 0) - highest) / temperature) }))
  const wanted = topP * sum(all.map(({ weight }) => weight))
  let mass = 0
  const last = all.findIndex(({ weight }) => {
    mass += weight
    return mass >= wanted
  })
  const floor = topP < 1 ? (all[last]?.weight ?? 0) : 0
  return all.filter(({ weight }) => weight >= floor && weight >= minP && weight > Math.exp(-40))
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
