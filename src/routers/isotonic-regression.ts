import { z } from 'zod'

/** A curve that never falls: straight lines between its points, level beyond the first and the last. */
export const isotonicCurveSchema = z.array(z.strictObject({ x: z.number(), y: z.number() })).min(1)
export type IsotonicCurve = z.infer<typeof isotonicCurveSchema>

interface Block {
  readonly firstX: number
  readonly lastX: number
  readonly sumX: number
  readonly sumY: number
  readonly count: number
}

/**
 * The never-falling curve nearest to the points in squares (pool adjacent violators; Barlow et al. 1972), given by the middle of
 * each level stretch. Throws a RangeError without points, or when `x` and `y` differ in length.
 */
export function fitIsotonic(x: readonly number[], y: readonly number[]): IsotonicCurve {
  if (x.length === 0 || x.length !== y.length) throw new RangeError(`${x.length} places and ${y.length} values`)
  const blocks: Block[] = []
  for (const { at, value, count } of sameXTogether(x, y)) {
    let block: Block = { firstX: at, lastX: at, sumX: at * count, sumY: value * count, count }
    for (let last = blocks.at(-1); last !== undefined && mean(last) >= mean(block); last = blocks.at(-1)) {
      blocks.pop()
      block = {
        firstX: last.firstX,
        lastX: block.lastX,
        sumX: last.sumX + block.sumX,
        sumY: last.sumY + block.sumY,
        count: last.count + block.count,
      }
    }
    blocks.push(block)
  }
  return blocks.map((block) => ({ x: block.sumX / block.count, y: mean(block) }))
}

/** The curve's value at `x`. */
export function isotonicAt(curve: IsotonicCurve, x: number): number {
  const after = curve.findIndex((point) => point.x > x)
  if (after === -1) return curve.at(-1)?.y ?? 0
  const [left, right] = [curve[after - 1], curve[after]]
  if (left === undefined || right === undefined) return curve[0]?.y ?? 0
  return left.y + ((x - left.x) / (right.x - left.x)) * (right.y - left.y)
}

function mean({ sumY, count }: Block): number {
  return sumY / count
}

/** Points in order of x; those of one x become their mean, since a curve has one value there. */
function sameXTogether(x: readonly number[], y: readonly number[]) {
  const order = x.map((at, index) => ({ at, value: y[index] ?? 0 })).toSorted((a, b) => a.at - b.at)
  const groups: { at: number; value: number; count: number }[] = []
  for (const { at, value } of order) {
    const last = groups.at(-1)
    if (last?.at !== at) groups.push({ at, value, count: 1 })
    else
      groups[groups.length - 1] = {
        at,
        value: (last.value * last.count + value) / (last.count + 1),
        count: last.count + 1,
      }
  }
  return groups
}
