import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { CallerLimits } from './caller-limits.ts'
import { TokenBucket } from './token-bucket.ts'

/** Which limit a request was refused for. */
export type RejectReason = 'concurrency' | 'requests' | 'tokens' | 'money'

export interface CallerGateOptions {
  readonly clock: Clock
  readonly limitsOf: (caller: string) => CallerLimits
  readonly onReject: (reason: RejectReason) => void
}

/** One request of a caller, from its arrival to the end of its answer. */
export interface Visit {
  readonly limits: CallerLimits
  /** Takes tokens out of the caller's minute before anything is sent. Throws `rate-limited`. */
  takeTokens(expected: number): void
  /** Puts the real number in the place of the expected one. */
  settleTokens(used: number): void
  /** Gives the place back; works once. */
  leave(): void
}

interface CallerState {
  readonly limits: CallerLimits
  readonly requests: TokenBucket | undefined
  readonly tokens: TokenBucket | undefined
  running: number
}

/** Rates and places of each caller, in memory: nobody waits in a queue, whoever comes too often is told when to come again. */
export class CallerGate {
  readonly #options: CallerGateOptions
  readonly #callers = new Map<string, CallerState>()

  constructor(options: CallerGateOptions) {
    this.#options = options
  }

  /** Lets a request in. Throws `rate-limited` with the seconds to wait. */
  enter(caller: string): Visit {
    const state = this.#stateOf(caller)
    if (state.running >= state.limits.concurrency) {
      throw this.#refuse('concurrency', 1000, `${state.running} requests of this edge run already`)
    }
    const waitMs = state.requests?.take(1) ?? 0
    if (waitMs > 0) {
      throw this.#refuse('requests', waitMs, `this edge may send ${state.limits.requestsPerMinute} requests a minute`)
    }
    state.running += 1
    return this.#visit(state)
  }

  #visit(state: CallerState): Visit {
    const { limits, tokens } = state
    let taken = 0
    let isHere = true
    return {
      limits,
      takeTokens: (expected) => {
        const waitMs = tokens?.take(expected) ?? 0
        if (waitMs > 0) {
          throw this.#refuse('tokens', waitMs, `this edge may use ${limits.tokensPerMinute} tokens a minute`)
        }
        taken = tokens?.holdable(expected) ?? 0
      },
      settleTokens(used) {
        tokens?.adjust(used - taken)
        taken = used
      },
      leave() {
        if (isHere) state.running -= 1
        isHere = false
      },
    }
  }

  #stateOf(caller: string): CallerState {
    const known = this.#callers.get(caller)
    if (known !== undefined) return known
    const { clock, limitsOf } = this.#options
    const limits = limitsOf(caller)
    const bucket = (perMinute: number | undefined) =>
      perMinute === undefined ? undefined : new TokenBucket({ clock, perMinute })
    const { requestsPerMinute, tokensPerMinute } = limits
    const state = { limits, requests: bucket(requestsPerMinute), tokens: bucket(tokensPerMinute), running: 0 }
    this.#callers.set(caller, state)
    return state
  }

  #refuse(reason: RejectReason, waitMs: number, because: string): EdgewiseError {
    this.#options.onReject(reason)
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
    const message = `Too much at once: ${because}. Try again in ${retryAfterSeconds} s, or raise hub.limits.`
    return new EdgewiseError('rate-limited', message, { retryAfterSeconds })
  }
}
