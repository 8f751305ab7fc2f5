interface Sample {
  readonly atMs: number
  readonly value: number
}

/** Median of the latest samples: at most `size` of them, none older than `maxAgeMs`, but always the last one. */
export class SlidingMedian {
  readonly #size: number
  readonly #maxAgeMs: number
  #samples: Sample[] = []

  constructor({ size, maxAgeMs }: { readonly size: number; readonly maxAgeMs: number }) {
    this.#size = size
    this.#maxAgeMs = maxAgeMs
  }

  /** Ignores what is no finite number. */
  add(value: number, atMs: number): void {
    if (!Number.isFinite(value)) return
    this.#samples.push({ atMs, value })
    if (this.#samples.length > this.#size) this.#samples.shift()
  }

  clear(): void {
    this.#samples = []
  }

  /** Undefined before the first sample. */
  median(atMs: number): number | undefined {
    const fresh = this.#samples.filter((sample) => atMs - sample.atMs <= this.#maxAgeMs)
    const sorted = (fresh.length > 0 ? fresh : this.#samples.slice(-1)).map(({ value }) => value).sort((a, b) => a - b)
    const upper = sorted[Math.floor(sorted.length / 2)]
    const lower = sorted[Math.floor((sorted.length - 1) / 2)]
    return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2
  }
}
