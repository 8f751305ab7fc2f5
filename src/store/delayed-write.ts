import type { Clock } from '../spec/ports.ts'

/** How long a row waits for its neighbours. */
const delayMs = 50

export interface DelayedWriteOptions {
  readonly clock: Clock
  /** Writes what is waiting by then. Must not throw. */
  readonly write: () => void
}

/** Gathers rows for a moment, so that many of them share one wait for the disk. Its timer keeps no process alive. */
export class DelayedWrite {
  readonly #options: DelayedWriteOptions
  readonly #closing = new AbortController()
  #isTimed = false

  constructor(options: DelayedWriteOptions) {
    this.#options = options
  }

  /** Writes within 50 ms, together with whatever comes until then. */
  soon(): void {
    if (this.#isTimed) return
    this.#isTimed = true
    void this.#wait()
  }

  /** Ends the timer; what is waiting is its owner's. */
  close(): void {
    this.#closing.abort()
  }

  async #wait(): Promise<void> {
    const { clock, write } = this.#options
    const delay = clock.backgroundDelay ?? clock.delay
    const isDue = await delay(delayMs, this.#closing.signal).then(
      () => true,
      () => false,
    )
    this.#isTimed = false
    if (isDue) write()
  }
}
