import type { EdgewiseError, ErrorCode } from '../spec/errors.ts'
import type { LinkProfile } from '../spec/link-profile.ts'
import type { Random } from '../spec/ports.ts'
import { SlidingMedian } from './sliding-median.ts'

/** Pace of one answer that came over the link. */
export interface AnswerPace {
  readonly firstTokenMs: number
  /** Absent for an answer too short to have a pace. */
  readonly tokensPerSecond?: number
}

export interface LinkMeterOptions {
  /** Time between two probes while the link is up and nothing else proves it. */
  readonly intervalMs: number
  /** Median round trip from which on the link counts as degraded; it is up again under 70 % of that. */
  readonly degradedRoundTripMs: number
  /** A link that went down again within this time after it came up has to prove itself twice. */
  readonly flapWindowMs: number
  readonly random: Random
}

/** First wait between two probes while the link is down or in doubt. */
const urgentProbeMs = 500
const failedProbesToDown = 2
const proofsToClearDoubt = 2
const clearLatencyShare = 0.7

/** Real traffic that failed so never reached the hub, or must not. */
const hardFailures: ReadonlySet<ErrorCode> = new Set(['link-down', 'fingerprint-mismatch', 'edge-unknown'])

/**
 * What is known of the link, and when to probe it next: pure but for its memory, every moment comes in as monotonic milliseconds.
 * Down after one hard failure of real traffic or two failed probes; up after one proof, two when it flaps; degraded while slow or in doubt.
 */
export class LinkMeter {
  readonly #options: LinkMeterOptions
  readonly #roundTrips = new SlidingMedian({ size: 9, maxAgeMs: 120_000 })
  readonly #firstTokens = new SlidingMedian({ size: 15, maxAgeMs: 600_000 })
  readonly #paces = new SlidingMedian({ size: 15, maxAgeMs: 600_000 })
  #isDown = false
  #isSlow = false
  /** Good signs still wanted before a doubt (a failed probe, a timeout, a cut answer) is cleared. */
  #doubts = 0
  #failedProbes = 0
  #isFlapping = false
  /** Good signs still wanted before a link that is down counts as up. */
  #proofsWanted = 1
  #cameUpAtMs = Number.NEGATIVE_INFINITY
  #nextProbeAtMs = Number.NEGATIVE_INFINITY
  #because: string | undefined

  constructor(options: LinkMeterOptions) {
    this.#options = options
  }

  /** The moment of the next probe; in the past when one is due. */
  get nextProbeAtMs(): number {
    return this.#nextProbeAtMs
  }

  get state(): LinkProfile['state'] {
    if (this.#isDown) return 'down'
    return this.#isSlow || this.#doubts > 0 ? 'degraded' : 'up'
  }

  profile(atMs: number): LinkProfile {
    const roundTripMs = this.#roundTrips.median(atMs)
    const firstTokenMs = this.#firstTokens.median(atMs)
    const tokensPerSecond = this.#paces.median(atMs)
    return {
      state: this.state,
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
      ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
      ...(this.#because === undefined ? {} : { because: this.#because }),
    }
  }

  probeAnswered(roundTripMs: number, atMs: number): void {
    this.#prove(atMs)
    this.#roundTrips.add(roundTripMs, atMs)
    this.#judgeLatency(atMs)
  }

  probeFailed(because: string, atMs: number): void {
    this.#because = because
    this.#failedProbes += 1
    this.#doubt()
    if (this.#isDown || this.#failedProbes >= failedProbesToDown) this.#goDown(atMs)
    this.#nextProbeAtMs = atMs + this.#urgentWaitMs()
  }

  /** Real traffic got through: as good as a probe, but for the round trip. */
  answered(pace: AnswerPace, atMs: number): void {
    this.#prove(atMs)
    this.#firstTokens.add(pace.firstTokenMs, atMs)
    if (pace.tokensPerSecond !== undefined) this.#paces.add(pace.tokensPerSecond, atMs)
  }

  /** Real traffic failed. What only says that the hub or the request is at fault leaves the link as it was. */
  failed(error: EdgewiseError, atMs: number): void {
    if (hardFailures.has(error.code)) {
      this.#because = error.message
      this.#doubt()
      this.#failedProbes = Math.max(this.#failedProbes, 1)
      this.#goDown(atMs)
      this.#nextProbeAtMs = Math.min(this.#nextProbeAtMs, atMs + urgentProbeMs)
    } else if (error.code === 'stream-cut' || error.code === 'upstream-timeout') {
      this.#because = error.message
      this.#doubt()
      if (error.code === 'stream-cut') this.#failedProbes += 1
      this.#nextProbeAtMs = atMs
    }
  }

  #prove(atMs: number): void {
    this.#failedProbes = 0
    this.#nextProbeAtMs = atMs + this.#options.intervalMs
    this.#doubts = Math.max(0, this.#doubts - 1)
    if (this.#isDown) {
      this.#proofsWanted -= 1
      if (this.#proofsWanted > 0) {
        this.#nextProbeAtMs = atMs + urgentProbeMs
        return
      }
      this.#isDown = false
      this.#doubts = 0
      this.#cameUpAtMs = atMs
      // What was measured before the outage may have been another network.
      this.#roundTrips.clear()
      this.#isSlow = false
    }
    if (this.#doubts === 0) this.#because = undefined
    else this.#nextProbeAtMs = Math.min(this.#nextProbeAtMs, atMs + urgentProbeMs)
  }

  #doubt(): void {
    this.#doubts = proofsToClearDoubt
  }

  #goDown(atMs: number): void {
    if (!this.#isDown) this.#isFlapping = atMs - this.#cameUpAtMs < this.#options.flapWindowMs
    this.#proofsWanted = this.#isFlapping ? 2 : 1
    this.#isDown = true
  }

  #judgeLatency(atMs: number): void {
    const roundTripMs = this.#roundTrips.median(atMs) ?? 0
    const limitMs = this.#options.degradedRoundTripMs
    this.#isSlow = roundTripMs > (this.#isSlow ? limitMs * clearLatencyShare : limitMs)
  }

  /** 0.5 s, then twice as long each time up to the interval, each spread by a fifth so that a fleet does not knock as one. */
  #urgentWaitMs(): number {
    const { intervalMs, random } = this.#options
    const waitMs = urgentProbeMs * 2 ** Math.min(20, this.#failedProbes - 1)
    return Math.min(waitMs, intervalMs) * (0.8 + 0.4 * random())
  }
}
