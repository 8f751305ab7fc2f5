import type { Clock } from '../../spec/ports.ts'
import { WindowedCount } from './windowed-count.ts'

export interface RetryBudgetOptions {
  readonly clock: Clock
  /** Retries per request, 0..1. */
  readonly share?: number
  /** Retries in a window that are allowed whatever the number of requests. */
  readonly minimum?: number
  readonly windowMs?: number
}

/**
 * Keeps retries a small share of the traffic, so that members in trouble are not buried under them: 20 % of the requests of ten seconds
 * and ten more, as in Finagle (https://finagle.github.io/blog/2016/02/08/retry-budgets, which allows ten a second) and Envoy (20 % and three).
 */
export class RetryBudget {
  readonly #share: number
  readonly #minimum: number
  readonly #requests: WindowedCount
  readonly #retries: WindowedCount

  constructor({ clock, share = 0.2, minimum = 10, windowMs = 10_000 }: RetryBudgetOptions) {
    this.#share = share
    this.#minimum = minimum
    this.#requests = new WindowedCount({ clock, windowMs })
    this.#retries = new WindowedCount({ clock, windowMs })
  }

  /** A new request is there. */
  request(): void {
    this.#requests.add()
  }

  /** Takes one retry out of the budget; false when it is used up. */
  take(): boolean {
    if (this.#retries.total + 1 > this.#minimum + this.#share * this.#requests.total) return false
    this.#retries.add()
    return true
  }
}
