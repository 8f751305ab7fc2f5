import { asEdgewiseError, type EdgewiseError } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import type { Housekeeping } from './store.ts'

export interface KeepHouseOptions {
  readonly housekeeping: Housekeeping
  readonly clock: Clock
  readonly onError: (error: EdgewiseError) => void
}

const everyMs = 600_000

/** Tidies a store every ten minutes until it is disposed of; the run that is under way ends early then. */
export function keepHouse({ housekeeping, clock, onError }: KeepHouseOptions): AsyncDisposable {
  const ending = new AbortController()
  const { signal } = ending
  const delay = clock.backgroundDelay ?? clock.delay
  const run = async () => {
    while (!signal.aborted) {
      await delay(everyMs, signal).catch(() => undefined)
      if (signal.aborted) return
      await housekeeping.run(signal).catch((thrown) => onError(asEdgewiseError(thrown, 'store-failed')))
    }
  }
  const running = run()
  return {
    async [Symbol.asyncDispose]() {
      ending.abort()
      await running
    },
  }
}
