import type { Clock } from '../../spec/ports.ts'

export interface PaceOptions {
  readonly clock: Clock
  readonly perSecond: number
}

/** So much of the rate may come at once. */
const burstMs = 1000

/** An even rate, of which a second's worth may come at once. */
export class Pace {
  readonly #clock: Clock
  readonly stepMs: number
  /** When the next one may come. */
  #freeAt: number

  constructor({ clock, perSecond }: PaceOptions) {
    this.#clock = clock
    this.stepMs = 1000 / perSecond
    this.#freeAt = clock.monotonic() - burstMs
  }

  /** Milliseconds until one may come; 0: now. Takes nothing. */
  waitMs(): number {
    return Math.max(0, this.#freeAt - this.#clock.monotonic())
  }

  /** One has come. */
  take(): void {
    this.#freeAt = Math.max(this.#freeAt, this.#clock.monotonic() - burstMs) + this.stepMs
  }
}
