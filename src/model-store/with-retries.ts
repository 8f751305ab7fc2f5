import { asEdgewiseError, EdgewiseError } from '../spec/errors.ts'
import type { Clock, Random } from '../spec/ports.ts'

/** What a wait before the next attempt is about, for whoever watches. */
export interface RetryNotice {
  readonly because: string
  readonly afterMs: number
}

export interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  readonly onRetry?: (notice: RetryNotice) => void
  /** Grows while attempts get somewhere; an attempt that got somewhere is not counted as failed. */
  readonly progress?: () => number
}

/** Failures in a row, without any progress between them. */
const mostFailures = 6
/** Attempts in all: a server that gives a few bytes each time has to come to an end too. */
const mostAttempts = 200
const firstDelayMs = 500
const longestDelayMs = 30_000
/** A hub that wants a longer break is better asked by a person, later. */
const longestWishSeconds = 300

/**
 * Does something until it succeeds or fails for good: what is retryable is tried again, after a growing wait with jitter, or after the
 * time that the server asked for. Throws the last error, or the signal's as `aborted`.
 */
export async function withRetries<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { clock, random, signal, onRetry, progress = () => 0 } = options
  for (let failures = 0, attempts = 1; ; attempts += 1) {
    const before = progress()
    try {
      return await attempt()
    } catch (thrown) {
      if (signal.aborted) throw aborted(signal)
      failures = progress() > before ? 1 : failures + 1
      const error = asEdgewiseError(thrown)
      if (!error.retryable || failures >= mostFailures || attempts >= mostAttempts) throw error
      const wish = error.retryAfterSeconds
      if (wish !== undefined && wish > longestWishSeconds) throw error
      const backoffMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1)) * (0.5 + random() / 2)
      const afterMs = wish === undefined ? Math.round(backoffMs) : wish * 1000
      onRetry?.({ because: error.message, afterMs })
      await clock.delay(afterMs, signal).catch(() => {
        throw aborted(signal)
      })
    }
  }
}

/** What a download throws when its signal ends it. */
export function aborted(signal: AbortSignal): EdgewiseError {
  return new EdgewiseError('aborted', 'It was stopped.', { cause: signal.reason })
}
