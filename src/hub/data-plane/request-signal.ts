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
  const stop = () => controller.abort(new EdgewiseError('engine-unavailable', 'The hub is shutting down. Try again.'))
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
