import type { Finding } from './recognizer.ts'

/**
 * Findings without overlaps, in the order of the text. The higher score wins, then the longer stretch; what a loser covered
 * beyond the winner stays found when letters or digits stand there, so that no resolution uncovers anything.
 */
export function resolveOverlaps(text: string, findings: readonly Finding[]): readonly Finding[] {
  const sorted = findings.toSorted((a, b) => a.start - b.start || b.end - a.end)
  const resolved: Finding[] = []
  for (let index = 0; index < sorted.length; ) {
    let end = sorted[index]?.end ?? 0
    let next = index + 1
    for (let other = sorted[next]; other !== undefined && other.start < end; other = sorted[++next]) {
      end = Math.max(end, other.end)
    }
    const first = sorted[index]
    if (next === index + 1 && first !== undefined) resolved.push(first)
    else resolved.push(...resolveCluster(text, sorted.slice(index, next), end))
    index = next
  }
  return resolved
}

/** Findings that touch each other, from the first to `end`. */
function resolveCluster(text: string, cluster: readonly Finding[], end: number): readonly Finding[] {
  const from = cluster[0]?.start ?? 0
  const isTaken = new Uint8Array(end - from)
  const kept: Finding[] = []
  const best = cluster.toSorted((a, b) => b.score - a.score || b.end - b.start - (a.end - a.start))
  for (const finding of best) {
    for (const piece of freePieces(finding, isTaken, from)) {
      const isWhole = piece.end - piece.start === finding.end - finding.start
      if (!isWhole && !/[\p{L}\d]{2}/u.test(text.slice(piece.start, piece.end))) continue
      isTaken.fill(1, piece.start - from, piece.end - from)
      kept.push(isWhole ? finding : { ...finding, ...piece })
    }
  }
  return kept.sort((a, b) => a.start - b.start)
}

function freePieces(
  { start, end }: Finding,
  isTaken: Uint8Array,
  from: number,
): readonly { start: number; end: number }[] {
  const pieces: { start: number; end: number }[] = []
  for (let at = start; at < end; at++) {
    if (isTaken[at - from] === 1) continue
    const first = at
    while (at < end && isTaken[at - from] === 0) at++
    pieces.push({ start: first, end: at })
  }
  return pieces
}
