import { EdgewiseError, type ErrorCode } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'

export interface RequestLimits {
  readonly limitMs: number
  /** What passing the limit means: the caller's own deadline, or this edge's patience. */
  readonly limitCode: Extract<ErrorCode, 'deadline-exceeded' | 'request-timeout'>
}

/** What can end one request early. */
export interface RequestSignal {
  /** Its reason is always an EdgewiseError. */
  readonly signal: AbortSignal
  /** The client went away. */
  leave(): void
  /** Ends it for this reason. */
  end(reason: EdgewiseError): void
  /** Lets go of timers and listeners; call it when the answer is over. */
  release(): void
}

/** Makes one signal per request for everything that ends it early: the client, the time limit, the shutdown of the edge. Throws `engine-unavailable` while the edge drains. */
export type OpenRequestSignal = (limits: RequestLimits) => RequestSignal

export interface RequestSignalsOptions {
  /** Ends running requests. */
  readonly shutdown: AbortSignal
  /** Refuses new ones. */
  readonly draining?: AbortSignal
  readonly clock: Clock
  /** Told how many requests run, each time that changes. */
  readonly onCount?: (running: number) => void
}

/** One listener on `shutdown` serves all requests: a listener each would cost more than the rest of the signal. */
export function requestSignals({ shutdown, draining, clock, onCount }: RequestSignalsOptions): OpenRequestSignal {
  const running = new Set<AbortController>()
  const stop = (controller: AbortController) => controller.abort(closing())
  shutdown.addEventListener('abort', () => running.forEach(stop), { once: true })

  return ({ limitMs, limitCode }) => {
    if (draining?.aborted) throw closing()
    const controller = new AbortController()
    running.add(controller)
    onCount?.(running.size)
    if (shutdown.aborted) stop(controller)
    const cancel = clock.after(limitMs, () =>
      controller.abort(new EdgewiseError(limitCode, `the answer was not complete after ${limitMs} ms`)),
    )
    return {
      signal: controller.signal,
      leave: () => controller.abort(new EdgewiseError('aborted', 'the client went away')),
      end: (reason) => controller.abort(reason),
      release() {
        cancel()
        if (running.delete(controller)) onCount?.(running.size)
      },
    }
  }
}

function closing(): EdgewiseError {
  return new EdgewiseError('engine-unavailable', 'this edge is shutting down; try again', { retryAfterSeconds: 2 })
}
