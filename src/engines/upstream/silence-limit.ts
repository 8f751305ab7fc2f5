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
  let cancel = () => {}

  function watch(ms: number, because: string, leftMs: number): void {
    cancel = clock.after(leftMs, () => {
      if (isHeld) fedAt = clock.monotonic()
      const restMs = fedAt + ms - clock.monotonic()
      if (restMs > 0) watch(ms, because, restMs)
      else onSilence(because)
    })
  }

  return {
    start(ms, because) {
      cancel()
      isHeld = false
      fedAt = clock.monotonic()
      watch(ms, because, ms)
    },
    feed() {
      isHeld = false
      fedAt = clock.monotonic()
    },
    hold() {
      isHeld = true
    },
    stop() {
      cancel()
    },
  }
}
