import type { Clock } from '../../spec/ports.ts'

export interface HeartbeatOptions {
  readonly clock: Clock
  /** True as long as the other side owes something. */
  isBusy(): boolean
  /** Longest silence that its work explains, milliseconds. */
  limitMs(): number
  /** Asks the other side for a sign of life. */
  ask(): void
  /** Called once, when the silence became longer than the limit. Nothing is watched after it. */
  onSilent(silentMs: number): void
}

/** Silence after which the other side is asked, and asked again. */
const askMs = 2000

/** Tells a process at work from one that hangs. Watches only while something is expected of it, so an idle machine has no timer. */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions
  #cancel: (() => void) | undefined
  #silentMs = 0
  #hasHeard = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Something is expected from now on; does nothing while it watches already. */
  begin(): void {
    if (this.#cancel !== undefined) return
    this.#silentMs = 0
    this.#wait()
  }

  /** A sign of life. */
  heard(): void {
    this.#hasHeard = true
  }

  [Symbol.dispose](): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #wait(): void {
    const { clock } = this.#options
    const start = clock.monotonic()
    this.#hasHeard = false
    this.#cancel = clock.after(askMs, () => this.#look(clock.monotonic() - start))
  }

  #look(passedMs: number): void {
    const { isBusy, limitMs, ask, onSilent } = this.#options
    this.#cancel = undefined
    if (!isBusy()) return
    // Where this process itself stood still, it has read nothing of what the other one said meanwhile.
    this.#silentMs = this.#hasHeard ? 0 : this.#silentMs + Math.min(passedMs, 2 * askMs)
    if (this.#silentMs > limitMs()) {
      onSilent(this.#silentMs)
      return
    }
    if (!this.#hasHeard) ask()
    this.#wait()
  }
}
