import type { Clock } from '../../spec/ports.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

/** One call through a breaker; its first verdict counts. */
export interface BreakerCall {
  /** The answer has begun: the way is free for another try, though the verdict is still to come. */
  begun(): void
  succeeded(): void
  failed(): void
  /** The call is over. Without a verdict (the client left) it says nothing about the member. */
  over(): void
}

export interface CircuitBreakerOptions {
  readonly clock: Clock
  /** Failures in a row that open it. */
  readonly failures?: number
  readonly firstOpenMs?: number
  readonly longestOpenMs?: number
}

/**
 * Opens after several failures in a row, then lets one call try; a failure opens it for twice as long, a success closes it. Calls from
 * before a change of state have no say any more. Unlike cockatiel's it has our clock, never makes a call wait, and takes streams.
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>
  #state: BreakerState = 'closed'
  #failures = 0
  #openings = 0
  #openUntil = 0
  /** The half-open try that has not begun to answer yet. */
  #trying: BreakerCall | undefined
  #epoch = 0

  constructor({ clock, failures = 3, firstOpenMs = 2_000, longestOpenMs = 60_000 }: CircuitBreakerOptions) {
    this.#options = { clock, failures, firstOpenMs, longestOpenMs }
  }

  get state(): BreakerState {
    return this.#state === 'open' && this.openForMs <= 0 ? 'half-open' : this.#state
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures
  }

  /** Time until it lets a call try; 0 or less when it does. */
  get openForMs(): number {
    return this.#state === 'open' ? this.#openUntil - this.#options.clock.monotonic() : 0
  }

  /** True while it takes calls. */
  get takesCalls(): boolean {
    return this.state === 'closed' || (this.state === 'half-open' && this.#trying === undefined)
  }

  /** Enters a call; ask `takesCalls` first. */
  enter(): BreakerCall {
    if (this.#state === 'open') this.#become('half-open')
    const epoch = this.#epoch
    let isJudged = false
    const judge = (verdict: () => void) => {
      if (isJudged || epoch !== this.#epoch) return
      isJudged = true
      verdict()
    }
    const free = () => {
      if (this.#trying === call) this.#trying = undefined
    }
    const call: BreakerCall = {
      begun: free,
      succeeded: () => judge(() => this.#succeeded()),
      failed: () => judge(() => this.#failed()),
      over: free,
    }
    if (this.#state === 'half-open') this.#trying = call
    return call
  }

  #succeeded(): void {
    this.#failures = 0
    this.#openings = 0
    if (this.#state === 'half-open') this.#become('closed')
  }

  #failed(): void {
    const { clock, failures, firstOpenMs, longestOpenMs } = this.#options
    this.#failures += 1
    if (this.#state === 'closed' && this.#failures < failures) return
    this.#openUntil = clock.monotonic() + Math.min(longestOpenMs, firstOpenMs * 2 ** this.#openings)
    this.#openings += 1
    this.#become('open')
  }

  #become(state: BreakerState): void {
    this.#state = state
    this.#epoch += 1
    this.#trying = undefined
  }
}
