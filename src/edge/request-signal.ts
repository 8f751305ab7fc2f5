import { EdgewiseError, type ErrorCode } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'

export interface RequestSignalOptions {
  /** Aborts when the client goes away. */
  readonly client: AbortSignal
  /** Aborts when the edge shuts down. */
  readonly shutdown: AbortSignal
  readonly limitMs: number
  /** What passing the limit means: the caller's own deadline, or this edge's patience. */
  readonly limitCode: Extract<ErrorCode, 'deadline-exceeded' | 'request-timeout'>
  readonly clock: Clock
}

/** Ends the timer; one object for all, since a fresh one would record its stack. */
const over = new Error('no longer needed')

/** One signal for everything that ends a request early; its reason is always an EdgewiseError. Dispose it when the answer is over. */
export function requestSignal(options: RequestSignalOptions): { readonly signal: AbortSignal; release(): void } {
  const { client, shutdown, limitMs, limitCode, clock } = options
  const controller = new AbortController()
  const timer = new AbortController()
  const leave = () => controller.abort(new EdgewiseError('aborted', 'the client went away'))
  const stop = () =>
    controller.abort(
      new EdgewiseError('engine-unavailable', 'this edge is shutting down; try again', { retryAfterSeconds: 2 }),
    )
  client.addEventListener('abort', leave, { once: true })
  shutdown.addEventListener('abort', stop, { once: true })
  if (client.aborted) leave()
  if (shutdown.aborted) stop()
  clock.delay(limitMs, timer.signal).then(
    () => controller.abort(new EdgewiseError(limitCode, `the answer was not complete after ${limitMs} ms`)),
    () => undefined,
  )
  return {
    signal: controller.signal,
    release() {
      timer.abort(over)
      client.removeEventListener('abort', leave)
      shutdown.removeEventListener('abort', stop)
    },
  }
}
