import type { Clock } from '../../spec/ports.ts'

/** Watches over a wait that is fed now and then. One timer runs at a time, however often it is fed. */
export interface SilenceLimit {
  /** Starts anew with this limit: `onSilence` is called with `because` when nothing feeds it for `ms`. */
  start(ms: number, because: string): void
  /** Something arrived: the wait begins again. */
  feed(): void
  /** The reader is busy: its time is no silence, until the next feed. */
  hold(): void
  /** Ends the watch without a call. */
  stop(): void
}

/** Ends a timer; one object for all, since a fresh one would record its stack. */
const over = new Error('no longer waiting')

/** A silence limit on the given clock, not yet started. */
export function createSilenceLimit({
  clock,
  onSilence,
}: {
  readonly clock: Clock
  readonly onSilence: (because: string) => void
}): SilenceLimit {
  let fedAt = 0
  let isHeld = false
  let timer: AbortController | undefined

  async function watch(ms: number, because: string, { signal }: AbortController): Promise<void> {
    for (let left = ms; left > 0; left = fedAt + ms - clock.monotonic()) {
      try {
        await clock.delay(left, signal)
      } catch {
        // Stopped or started anew.
        return
      }
      if (isHeld) fedAt = clock.monotonic()
    }
    if (!signal.aborted) onSilence(because)
  }

  return {
    start(ms, because) {
      timer?.abort(over)
      timer = new AbortController()
      isHeld = false
      fedAt = clock.monotonic()
      void watch(ms, because, timer)
    },
    feed() {
      isHeld = false
      fedAt = clock.monotonic()
    },
    hold() {
      isHeld = true
    },
    stop() {
      timer?.abort(over)
      timer = undefined
    },
  }
}
