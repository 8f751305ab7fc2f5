import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'

export interface AdmissionOptions {
  readonly clock: Clock
  /** Batches a second, of all edges together. */
  readonly perSecond: number
  /** Batches at the same time. */
  readonly concurrency: number
}

/** Whoever is refused is told a later moment than the one before, up to this. */
const longestWaitMs = 300_000
/** So much of the rate may come at once. */
const burstMs = 1000

/**
 * Lets batches in at a bounded rate. When many edges come back together, each that is refused gets a moment of its own to come again, as far ahead as the
 * rate needs for all those before it.
 */
export class Admission {
  readonly #options: AdmissionOptions
  #running = 0
  /** When the next batch may come in. */
  #freeAt: number
  /** Up to when moments are given away. */
  #promisedUntil: number

  constructor(options: AdmissionOptions) {
    this.#options = options
    const now = options.clock.monotonic()
    this.#freeAt = now - burstMs
    this.#promisedUntil = now
  }

  /** Takes a place and gives the way to leave it, which works once. Throws `rate-limited` with the seconds to wait. */
  enter(): () => void {
    const { clock, perSecond, concurrency } = this.#options
    const now = clock.monotonic()
    const stepMs = 1000 / perSecond
    this.#freeAt = Math.max(this.#freeAt, now - burstMs)
    if (this.#running >= concurrency || this.#freeAt > now) throw this.#later(now, stepMs)
    this.#freeAt += stepMs
    this.#running += 1
    let isHere = true
    return () => {
      if (isHere) this.#running -= 1
      isHere = false
    }
  }

  #later(now: number, stepMs: number): EdgewiseError {
    this.#promisedUntil = Math.min(Math.max(this.#promisedUntil, now + 1000) + stepMs, now + longestWaitMs)
    const retryAfterSeconds = Math.ceil((this.#promisedUntil - now) / 1000)
    const message = `This hub takes in ${this.#options.perSecond} deliveries a second (hub.deliveries.perSecond). Try again in ${retryAfterSeconds} s.`
    return new EdgewiseError('rate-limited', message, { retryAfterSeconds })
  }
}
