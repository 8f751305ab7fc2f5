/** A smooth function: gives its value at `at` and writes its gradient there into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number

export interface MinimiseOptions {
  readonly objective: Objective
  readonly start: Float64Array
  /** Stops when no component of the gradient is larger. */
  readonly tolerance?: number
  readonly maxSteps?: number
}

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  readonly scale: number
}

/** Pairs kept; five to twenty are usual (Nocedal and Wright, Numerical Optimization, section 7.2). */
const memory = 10

/** Minimum of a smooth convex function by L-BFGS with a backtracking line search. `start` is left as it is. */
export function minimise({ objective, start, tolerance = 1e-6, maxSteps = 200 }: MinimiseOptions): Float64Array {
  let at = Float64Array.from(start)
  let gradient = new Float64Array(at.length)
  let value = objective(at, gradient)
  const pairs: Pair[] = []
  for (let step = 0; step < maxSteps && largest(gradient) > tolerance; step++) {
    const direction = descent(gradient, pairs)
    const slope = inner(direction, gradient)
    const next = search({ objective, at, value, direction, slope, first: pairs.length === 0 ? 1 / norm(gradient) : 1 })
    if (next === undefined) break
    const pair = pairOf(at, next.at, gradient, next.gradient)
    if (pair !== undefined) pairs.push(pair)
    if (pairs.length > memory) pairs.shift()
    ;({ at, gradient, value } = next)
  }
  return at
}

interface SearchOptions {
  readonly objective: Objective
  readonly at: Float64Array
  readonly value: number
  readonly direction: Float64Array
  readonly slope: number
  readonly first: number
}

/** Halves the step until the function falls enough (Armijo); undefined when rounding leaves nothing to gain. */
function search({ objective, at, value, direction, slope, first }: SearchOptions) {
  for (let length = first; length > 1e-12; length /= 2) {
    const there = at.map((x, index) => x + length * (direction[index] ?? 0))
    const gradient = new Float64Array(at.length)
    const lower = objective(there, gradient)
    if (lower <= value + 1e-4 * length * slope) return { at: there, gradient, value: lower }
  }
  return undefined
}

/** The two-loop recursion: the negative gradient times an estimate of the inverse Hessian. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((x) => -x)
  const shares: number[] = []
  for (const { step, change, scale } of pairs.toReversed()) {
    const share = scale * inner(step, direction)
    shares.push(share)
    addScaled(direction, change, -share)
  }
  const last = pairs.at(-1)
  if (last !== undefined) {
    const size = 1 / (last.scale * inner(last.change, last.change))
    for (let index = 0; index < direction.length; index++) direction[index] = size * (direction[index] ?? 0)
  }
  for (const { step, change, scale } of pairs) {
    addScaled(direction, step, (shares.pop() ?? 0) - scale * inner(change, direction))
  }
  return direction
}

/** A pair whose curvature is not positive would spoil the estimate; it is left out. */
function pairOf(from: Float64Array, to: Float64Array, before: Float64Array, after: Float64Array): Pair | undefined {
  const step = to.map((x, index) => x - (from[index] ?? 0))
  const change = after.map((x, index) => x - (before[index] ?? 0))
  const curvature = inner(step, change)
  return curvature > 1e-12 ? { step, change, scale: 1 / curvature } : undefined
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++)
    target[index] = (target[index] ?? 0) + factor * (source[index] ?? 0)
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0)
  return sum
}

function norm(vector: Float64Array): number {
  return Math.sqrt(inner(vector, vector))
}

function largest(vector: Float64Array): number {
  let most = 0
  for (const x of vector) most = Math.max(most, Math.abs(x))
  return most
}
