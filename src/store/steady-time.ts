import type { Clock } from '../spec/ports.ts'

/** A forward jump up to this is taken for a machine that slept, a longer one for a mistake. */
const longestSleepMs = 7 * 86_400_000
/** Wall and monotonic time may drift apart by this much before it counts as a jump. */
const driftMs = 1000

export interface SteadyTimeOptions {
  readonly clock: Clock
  /** Wall time that was reached before, in whatever run: time does not begin before it. */
  readonly notBefore: number
}

/**
 * Wall time for deadlines. Within one run it never goes back and does not believe a clock that jumps ahead by more than a week; a new run believes the
 * clock, unless it is behind what was reached before.
 */
export class SteadyTime {
  readonly #clock: Clock
  #wallAt: number
  #monotonicAt: number

  constructor({ clock, notBefore }: SteadyTimeOptions) {
    this.#clock = clock
    this.#wallAt = Math.max(clock.now(), notBefore)
    this.#monotonicAt = clock.monotonic()
  }

  /** Milliseconds since 1970. */
  now(): number {
    const steady = this.#wallAt + (this.#clock.monotonic() - this.#monotonicAt)
    const wall = this.#clock.now()
    const aheadMs = wall - steady
    if (aheadMs <= driftMs || aheadMs > longestSleepMs) return Math.floor(steady)
    this.#wallAt = wall
    this.#monotonicAt = this.#clock.monotonic()
    return wall
  }
}
