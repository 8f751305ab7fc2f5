import { asEdgewiseError, EdgewiseError } from '../spec/errors.ts'
import type { LinkProfile } from '../spec/link-profile.ts'
import type { Clock, Random } from '../spec/ports.ts'
import { type AnswerPace, LinkMeter } from './link-meter.ts'

/** Keeps an eye on the way to the hub. Probes only when real traffic has not proved the link lately. */
export interface LinkMonitor extends AsyncDisposable {
  /** What is known now. Before the first sign the link counts as up: a request finds out sooner than a person waits. */
  profile(): LinkProfile
  /** Begins to probe; calling it again changes nothing. */
  start(): void
  /** An answer came over the link. */
  observeAnswer(pace: AnswerPace): void
  /** A request over the link failed; errors that say nothing about the link are ignored. */
  observeFailure(error: EdgewiseError): void
  /** Calls `listener` each time the state changes; gives back what ends that. */
  onChange(listener: (profile: LinkProfile) => void): () => void
}

export interface LinkMonitorOptions {
  /** One tiny round trip to the hub on a connection that is kept open; rejects when it fails. Its time is the round trip. */
  readonly probe: (signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  /** Time between two probes of a link that is up. */
  readonly intervalMs: number
  /** A probe that takes longer has failed. */
  readonly probeTimeoutMs?: number
  readonly degradedRoundTripMs?: number
  readonly flapWindowMs?: number
  readonly random?: Random
}

/** Makes a monitor that does nothing before `start`. It never keeps a process alive. */
export function createLinkMonitor({
  probe,
  clock,
  intervalMs,
  probeTimeoutMs = 3_000,
  degradedRoundTripMs = 600,
  flapWindowMs = 60_000,
  random = Math.random,
}: LinkMonitorOptions): LinkMonitor {
  const meter = new LinkMeter({ intervalMs, degradedRoundTripMs, flapWindowMs, random })
  return new ProbingLinkMonitor({ meter, probe, clock, probeTimeoutMs })
}

interface Parts {
  readonly meter: LinkMeter
  readonly probe: (signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly probeTimeoutMs: number
}

class ProbingLinkMonitor implements LinkMonitor {
  readonly #parts: Parts
  readonly #listeners = new Set<(profile: LinkProfile) => void>()
  readonly #disposed = new AbortController()
  /** Ends the present wait when the next probe is due sooner. */
  #wait = new AbortController()
  #running: Promise<void> | undefined
  #state: LinkProfile['state']

  constructor(parts: Parts) {
    this.#parts = parts
    this.#state = parts.meter.state
  }

  profile(): LinkProfile {
    return this.#parts.meter.profile(this.#parts.clock.monotonic())
  }

  start(): void {
    this.#running ??= this.#run()
  }

  observeAnswer(pace: AnswerPace): void {
    this.#update((meter, atMs) => meter.answered(pace, atMs))
  }

  observeFailure(error: EdgewiseError): void {
    this.#update((meter, atMs) => meter.failed(error, atMs))
  }

  onChange(listener: (profile: LinkProfile) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort(over)
    this.#wait.abort(over)
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, meter } = this.#parts
    while (!this.#disposed.signal.aborted) {
      const restMs = meter.nextProbeAtMs - clock.monotonic()
      if (restMs <= 0) await this.#probe()
      else await this.#sleep(restMs)
    }
  }

  /** Ends early, without an error, when the next probe is due sooner. */
  async #sleep(ms: number): Promise<void> {
    this.#wait = new AbortController()
    await background(this.#parts.clock, ms, this.#wait.signal).catch(ignoreOver)
  }

  async #probe(): Promise<void> {
    const { clock, probe, probeTimeoutMs } = this.#parts
    const ended = new AbortController()
    const startedAtMs = clock.monotonic()
    const timeout = background(clock, probeTimeoutMs, AbortSignal.any([ended.signal, this.#disposed.signal])).then(
      () => {
        throw new EdgewiseError('upstream-timeout', `the hub did not answer a probe within ${probeTimeoutMs} ms`)
      },
    )
    try {
      await Promise.race([probe(AbortSignal.any([ended.signal, this.#disposed.signal])), timeout])
      const roundTripMs = clock.monotonic() - startedAtMs
      this.#update((meter, atMs) => meter.probeAnswered(roundTripMs, atMs))
    } catch (thrown) {
      if (this.#disposed.signal.aborted) return
      const because = asEdgewiseError(thrown, 'link-down').message
      this.#update((meter, atMs) => meter.probeFailed(because, atMs))
    } finally {
      ended.abort(over)
      await timeout.catch(() => undefined)
    }
  }

  /**
   * Takes a new sign in, tells the listeners when the state changed, and wakes the loop when the next probe is due sooner. One that is due
   * later is found out when the present wait is over: every answer moves it, and a wait anew for each would cost more than the sign.
   */
  #update(change: (meter: LinkMeter, atMs: number) => void): void {
    const { meter, clock } = this.#parts
    const dueBefore = meter.nextProbeAtMs
    change(meter, clock.monotonic())
    if (meter.nextProbeAtMs < dueBefore) this.#wait.abort(over)
    if (meter.state === this.#state) return
    this.#state = meter.state
    for (const listener of this.#listeners) listener(this.profile())
  }
}

const over = new Error('no longer waited for')

function ignoreOver(reason: unknown): void {
  if (reason !== over) throw reason
}

function background(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return clock.backgroundDelay === undefined ? clock.delay(ms, signal) : clock.backgroundDelay(ms, signal)
}
