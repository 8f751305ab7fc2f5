interface Sample {
  readonly atMs: number
  readonly value: number
}

/** Median of the latest samples: at most `size` of them, none older than `maxAgeMs`, but always the last one. */
export class SlidingMedian {
  readonly #size: number
  readonly #maxAgeMs: number
  #samples: Sample[] = []
  /** The last answer, good until the next sample comes or the oldest one that counted grows too old. */
  #known: { readonly median: number; readonly untilMs: number } | undefined

  constructor({ size, maxAgeMs }: { readonly size: number; readonly maxAgeMs: number }) {
    this.#size = size
    this.#maxAgeMs = maxAgeMs
  }

  /** Ignores what is no finite number. */
  add(value: number, atMs: number): void {
    if (!Number.isFinite(value)) return
    this.#known = undefined
    this.#samples.push({ atMs, value })
    if (this.#samples.length > this.#size) this.#samples.shift()
  }

  clear(): void {
    this.#known = undefined
    this.#samples = []
  }

  /** Undefined before the first sample. */
  median(atMs: number): number | undefined {
    if (this.#known !== undefined && atMs <= this.#known.untilMs) return this.#known.median
    const [newest] = this.#samples.slice(-1)
    if (newest === undefined) return undefined
    const fresh = this.#samples.filter((sample) => atMs - sample.atMs <= this.#maxAgeMs)
    const median = medianOf(fresh.length > 0 ? fresh : [newest])
    const [oldest] = fresh
    this.#known = { median, untilMs: oldest === undefined ? Number.POSITIVE_INFINITY : oldest.atMs + this.#maxAgeMs }
    return median
  }
}

/** Of at least one sample. */
function medianOf(samples: readonly Sample[]): number {
  const sorted = samples.map(({ value }) => value).sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (lower + upper) / 2
}
