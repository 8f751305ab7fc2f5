/** A growing list of stretches [start, end), kept flat: texts may hold millions. */
export class Stretches {
  #bounds = new Int32Array(64)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(start: number, end: number): void {
    const at = this.#count * 2
    if (at === this.#bounds.length) {
      const grown = new Int32Array(at * 2)
      grown.set(this.#bounds)
      this.#bounds = grown
    }
    this.#bounds[at] = start
    this.#bounds[at + 1] = end
    this.#count++
  }

  start(index: number): number {
    return this.#bounds[index * 2] ?? -1
  }

  end(index: number): number {
    return this.#bounds[index * 2 + 1] ?? -1
  }

  /** How many stretches start before `position`: also the index of the first that does not. */
  countBefore(position: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.start(middle) < position) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Both lists as one, in the order of their starts. */
export function mergeStretches(one: Stretches, two: Stretches): Stretches {
  const merged = new Stretches()
  let next = 0
  for (let index = 0; index < one.count; index++) {
    for (; next < two.count && two.start(next) < one.start(index); next++) merged.add(two.start(next), two.end(next))
    merged.add(one.start(index), one.end(index))
  }
  for (; next < two.count; next++) merged.add(two.start(next), two.end(next))
  return merged
}
