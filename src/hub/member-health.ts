import type { EdgewiseError, ErrorCode } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import { type BreakerCall, type BreakerState, CircuitBreaker } from './pool/circuit-breaker.ts'
import { median } from './pool/median.ts'
import type { MemberRecord } from './pool/outlier.ts'
import { WindowedCount } from './pool/windowed-count.ts'

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
 * Refusals that mean a member's key, its settings or (429 as `upstream-rejected`: `insufficient_quota`) its money. Any other may be one
 * that a caller brought about, who could take a member away from everybody with it.
 */
const refusalsOfSetup: ReadonlySet<number | undefined> = new Set([401, 403, 404, 429])

const windowMs = 30_000
const mostFirstParts = 64

/** One answer of a member, as its health sees it. */
export interface HealthCall extends Omit<BreakerCall, 'failed'> {
  failed(error: EdgewiseError): void
}

export interface MemberHealthOptions {
  readonly name: string
  readonly clock: Clock
  /** Rests for as long as its refusals ask for: a refusal is about all requests, not about one that was too large. */
  readonly restsWhenAsked?: boolean
}

/**
 * What is known of one member of a pool, from its answers and from checks: a breaker for failures in a row, a rest where it asked for
 * one, a failed check that counts until one succeeds, and a record to hold against the other members.
 */
export class MemberHealth {
  readonly #name: string
  readonly #clock: Clock
  readonly #restsWhenAsked: boolean
  readonly #breaker: CircuitBreaker
  readonly #requests: WindowedCount
  readonly #failures: WindowedCount
  #firstParts: { readonly atMs: number; readonly ms: number }[] = []
  #restUntilMs = Number.NEGATIVE_INFINITY
  #lastFault = ''
  #failedCheck: string | undefined

  constructor({ name, clock, restsWhenAsked = false }: MemberHealthOptions) {
    this.#name = name
    this.#clock = clock
    this.#restsWhenAsked = restsWhenAsked
    this.#breaker = new CircuitBreaker({ clock })
    this.#requests = new WindowedCount({ clock, windowMs })
    this.#failures = new WindowedCount({ clock, windowMs })
  }

  get breaker(): BreakerState {
    return this.#breaker.state
  }

  /** True while it is well, but asked to be left alone. */
  get isResting(): boolean {
    return this.#restForMs() > 0 && this.#failedCheck === undefined && this.#breaker.takesCalls
  }

  /** Why it should get no requests now, or undefined. */
  unavailable(): string | undefined {
    if (this.#failedCheck !== undefined) return `its health check failed: ${this.#failedCheck}`
    if (this.#breaker.openForMs > 0) return `it failed ${this.#breaker.failures} times in a row: ${this.#lastFault}`
    if (!this.#breaker.takesCalls) return `it failed before (${this.#lastFault}), and one request is trying it again`
    if (this.#restForMs() > 0) return 'it asked to be left alone for a while'
    return undefined
  }

  /** Seconds until it is worth asking again. */
  retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(Math.max(this.#breaker.openForMs, this.#restForMs()) / 1000))
  }

  /** Begins an answer. */
  enter(): HealthCall {
    const call = this.#breaker.enter()
    const startMs = this.#clock.monotonic()
    let hasBegun = false
    let isJudged = false
    return {
      begun: () => {
        if (!hasBegun) this.#observeFirstPart(this.#clock.monotonic() - startMs)
        hasBegun = true
        call.begun()
      },
      succeeded: () => {
        isJudged = true
        this.#requests.add()
        call.succeeded()
      },
      failed: (error) => {
        isJudged = true
        this.#rest(error)
        if (!faults.has(error.code)) return
        this.#blame(error)
        call.failed()
      },
      over: () => {
        // Nobody waited for its first part; that it took longer than usual is known all the same.
        const waitedMs = this.#clock.monotonic() - startMs
        const usualMs = median(this.#recentFirstParts()) ?? 0
        if (!hasBegun && !isJudged && waitedMs >= usualMs) this.#observeFirstPart(waitedMs)
        call.over()
      },
    }
  }

  /** Another member took the request that it refused: its own fault when its key or its settings are meant, else it says nothing. */
  refusedAlone(error: EdgewiseError): void {
    if (!refusalsOfSetup.has(error.upstreamStatus)) return
    this.#blame(error)
    if (this.#breaker.takesCalls) this.#breaker.enter().failed()
  }

  checked(failure: EdgewiseError | undefined): void {
    this.#failedCheck = failure?.message
  }

  record(): MemberRecord {
    const [requests, failures] = [this.#requests.total, this.#failures.total]
    return { name: this.#name, requests, failures, firstPartMs: this.#recentFirstParts() }
  }

  forget(): void {
    this.#requests.clear()
    this.#failures.clear()
    this.#firstParts = []
  }

  #blame(error: EdgewiseError): void {
    this.#lastFault = error.code
    this.#requests.add()
    this.#failures.add()
  }

  #rest({ retryAfterSeconds }: EdgewiseError): void {
    if (!this.#restsWhenAsked || retryAfterSeconds === undefined) return
    this.#restUntilMs = Math.max(this.#restUntilMs, this.#clock.monotonic() + retryAfterSeconds * 1000)
  }

  #restForMs(): number {
    return this.#restUntilMs - this.#clock.monotonic()
  }

  #observeFirstPart(ms: number): void {
    this.#firstParts.push({ atMs: this.#clock.monotonic(), ms })
    if (this.#firstParts.length > mostFirstParts) this.#firstParts.shift()
  }

  #recentFirstParts(): readonly number[] {
    const since = this.#clock.monotonic() - windowMs
    return this.#firstParts.filter(({ atMs }) => atMs > since).map(({ ms }) => ms)
  }
}
