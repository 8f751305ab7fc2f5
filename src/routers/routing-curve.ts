/** What both models made of one request, 0 (wrong) to 1 (right). */
export interface Outcome {
  readonly local: number
  readonly cloud: number
}

/** Quality when the given share of requests goes to the cloud, both 0..1. */
export interface CurvePoint {
  readonly escalated: number
  readonly quality: number
}

/**
 * Quality for every share of requests passed on, those of least confidence first. Equal confidences are passed on in one mixed
 * group, so between the two ends of a group the curve is straight. Its first point is the local model alone, its last the cloud alone.
 */
export function routingCurve(outcomes: readonly Outcome[], confidences: readonly number[]): readonly CurvePoint[] {
  const count = outcomes.length
  const order = [...outcomes.keys()].toSorted((a, b) => (confidences[a] ?? 0) - (confidences[b] ?? 0))
  let total = outcomes.reduce((sum, { local }) => sum + local, 0)
  const points: CurvePoint[] = [{ escalated: 0, quality: total / count }]
  for (const [position, index] of order.entries()) {
    const { local, cloud } = outcomes[index] ?? { local: 0, cloud: 0 }
    total += cloud - local
    const next = order[position + 1]
    if (next === undefined || confidences[next] !== confidences[index]) {
      points.push({ escalated: (position + 1) / count, quality: total / count })
    }
  }
  return points
}

/** Quality of a curve where this share, 0..1, is passed on. */
export function qualityAt(curve: readonly CurvePoint[], escalated: number): number {
  return between(curve, escalated, 'escalated', 'quality')
}

/**
 * Average performance gap recovered: the area between the curve and the local model alone, as a share of the area that the cloud
 * alone would have (RouteLLM, arXiv 2406.18665, section 3; `apgr_metric` in its evaluate.py takes ten points, here all are taken).
 * 0.5 is chance. Undefined when both models are equally good.
 */
export function averageGapRecovered(curve: readonly CurvePoint[]): number | undefined {
  const [weak, strong] = [curve[0]?.quality ?? 0, curve.at(-1)?.quality ?? 0]
  if (strong === weak) return undefined
  let area = 0
  for (const [index, point] of curve.entries()) {
    const before = curve[index - 1]
    if (before !== undefined) area += ((point.quality + before.quality) / 2) * (point.escalated - before.escalated)
  }
  return (area - weak) / (strong - weak)
}

/**
 * Least share that has to be passed on to reach this quality (RouteLLM's CPT when the quality is that share of the way from the
 * local model to the cloud's). Undefined when the curve never gets there.
 */
export function escalatedFor(curve: readonly CurvePoint[], quality: number): number | undefined {
  const [first] = curve
  if (first !== undefined && first.quality >= quality) return first.escalated
  for (const [index, point] of curve.entries()) {
    const before = curve[index - 1]
    if (before === undefined || point.quality < quality) continue
    const way = (quality - before.quality) / (point.quality - before.quality)
    return before.escalated + way * (point.escalated - before.escalated)
  }
  return undefined
}

function between(curve: readonly CurvePoint[], at: number, from: keyof CurvePoint, to: keyof CurvePoint): number {
  const after = curve.findIndex((point) => point[from] >= at)
  const right = curve[after === -1 ? curve.length - 1 : after]
  const left = curve[Math.max(0, after - 1)]
  if (right === undefined || left === undefined) return Number.NaN
  if (right[from] <= left[from]) return right[to]
  return left[to] + ((Math.min(at, right[from]) - left[from]) / (right[from] - left[from])) * (right[to] - left[to])
}
