import type { EdgewiseError, ErrorCode } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'

/** Failures in a row after which a member is left alone for a while. */
const failuresToEject = 3
const firstEjectionMs = 2_000
const longestEjectionMs = 60_000

/** Errors that speak of the member, not of the request. `overloaded` is no fault: the member works. */
const faults: ReadonlySet<ErrorCode> = new Set([
  'link-down',
  'upstream-failed',
  'upstream-timeout',
  'stream-cut',
  'engine-crashed',
  'engine-unavailable',
  'internal',
])

/**
 * What is known of one member of a pool, from its answers and from checks. Several failures in a row eject it, each time for twice as
 * long; afterwards one request tries it again. A failed check keeps it out until a check succeeds.
 */
export class MemberHealth {
  readonly #clock: Clock
  #failures = 0
  #ejections = 0
  #ejectedUntil = Number.NEGATIVE_INFINITY
  #lastFault = ''
  #failedCheck: string | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Why it should get no requests now, or undefined. */
  unavailable(): string | undefined {
    if (this.#failedCheck !== undefined) return `its health check failed: ${this.#failedCheck}`
    if (this.#ejectedForMs() > 0) return `it failed ${this.#failures} times in a row: ${this.#lastFault}`
    return undefined
  }

  /** Seconds until it is worth asking again. */
  retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#ejectedForMs() / 1000))
  }

  answered(): void {
    this.#failures = 0
    this.#ejections = 0
  }

  failed(error: EdgewiseError): void {
    if (!faults.has(error.code)) return
    this.#failures += 1
    this.#lastFault = error.code
    // Requests that were under way at the time of the ejection do not lengthen it.
    if (this.#failures < failuresToEject || this.#ejectedForMs() > 0) return
    this.#ejectedUntil = this.#clock.monotonic() + Math.min(longestEjectionMs, firstEjectionMs * 2 ** this.#ejections)
    this.#ejections += 1
  }

  checked(failure: EdgewiseError | undefined): void {
    this.#failedCheck = failure?.message
  }

  #ejectedForMs(): number {
    return this.#ejectedUntil - this.#clock.monotonic()
  }
}
