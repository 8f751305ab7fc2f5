import type { Clock } from '../../spec/ports.ts'

export interface TokenBucketOptions {
  readonly clock: Clock
  /** What flows in within a minute, and what it holds at most. */
  readonly perMinute: number
}

/** A rate: holds a minute's worth, refills all the time, and may fall below zero when something turned out larger than it was taken for. */
export class TokenBucket {
  readonly #clock: Clock
  readonly #perMinute: number
  #level: number
  #atMs: number

  constructor({ clock, perMinute }: TokenBucketOptions) {
    this.#clock = clock
    this.#perMinute = perMinute
    this.#level = perMinute
    this.#atMs = clock.monotonic()
  }

  /** Takes `amount`, or all that it can ever hold if that is less. Gives 0, or takes nothing and gives the milliseconds until it could. */
  take(amount: number): number {
    const wanted = this.holdable(amount)
    this.#refill()
    // What flowed in piece by piece may have been rounded down.
    if (wanted <= this.#level + 1e-6) {
      this.#level -= wanted
      return 0
    }
    return Math.ceil(((wanted - this.#level) * 60_000) / this.#perMinute)
  }

  /** What `take` takes for this amount. */
  holdable(amount: number): number {
    return Math.min(amount, this.#perMinute)
  }

  /** Takes more (or gives back, when negative) without asking. */
  adjust(amount: number): void {
    this.#refill()
    this.#level = Math.min(this.#perMinute, this.#level - amount)
  }

  #refill(): void {
    const now = this.#clock.monotonic()
    this.#level = Math.min(this.#perMinute, this.#level + ((now - this.#atMs) / 60_000) * this.#perMinute)
    this.#atMs = now
  }
}
