import type { HttpBindings } from '@hono/node-server'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'

export interface RequestSignalOptions {
  readonly outgoing: HttpBindings['outgoing']
  /** Aborts when the hub closes. */
  readonly shutdown: AbortSignal
  readonly limitMs: number
  /** Milliseconds after which the caller stops waiting; absent: it did not say. */
  readonly deadlineMs?: number
  readonly clock: Clock
}

export type LimitedSignalOptions = Pick<RequestSignalOptions, 'shutdown' | 'limitMs' | 'clock'>

/** A signal for work that nobody waits for: it ends with the hub, or at its limit. `release` when the work is over. */
export function limitedSignal({ shutdown, limitMs, clock }: LimitedSignalOptions): {
  readonly signal: AbortSignal
  readonly release: () => void
} {
  const controller = new AbortController()
  const ended = new AbortController()
  const stop = () => controller.abort(shuttingDown())
  if (shutdown.aborted) stop()
  shutdown.addEventListener('abort', stop, { once: true, signal: ended.signal })
  const late = () => controller.abort(new EdgewiseError('request-timeout', `No whole answer within ${limitMs} ms.`))
  clock.delay(limitMs, ended.signal).then(late, () => {})
  return { signal: controller.signal, release: () => ended.abort() }
}

function shuttingDown(): EdgewiseError {
  return new EdgewiseError('engine-unavailable', 'The hub is shutting down. Try again.')
}

/**
 * One signal for everything that ends a request early, with an EdgewiseError as its reason; `over` resolves when the response has been
 * written or its connection is gone.
 */
export function requestSignal({ outgoing, shutdown, limitMs, deadlineMs, clock }: RequestSignalOptions): {
  readonly signal: AbortSignal
  readonly over: Promise<void>
} {
  const controller = new AbortController()
  const ended = new AbortController()
  const stop = () => controller.abort(shuttingDown())
  if (shutdown.aborted) stop()
  shutdown.addEventListener('abort', stop, { once: true, signal: ended.signal })
  const isDeadline = deadlineMs !== undefined && deadlineMs <= limitMs
  const waitMs = isDeadline ? deadlineMs : limitMs
  const code = isDeadline ? 'deadline-exceeded' : 'request-timeout'
  const late = () => controller.abort(new EdgewiseError(code, `No whole answer within ${waitMs} ms.`))
  clock.delay(waitMs, ended.signal).then(late, () => {})
  const over = new Promise<void>((resolve) => {
    const end = () => {
      ended.abort()
      if (!outgoing.writableFinished) controller.abort(new EdgewiseError('aborted', 'The client went away.'))
      resolve()
    }
    // The client may have gone while it was being looked up who calls.
    if (outgoing.destroyed) end()
    else outgoing.once('close', end)
  })
  return { signal: controller.signal, over }
}
