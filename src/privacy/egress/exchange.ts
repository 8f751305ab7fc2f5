import type { Dispatcher } from 'undici'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock, Inbound, Outbound } from '../../spec/ports.ts'
import { BodyQueue } from './body-queue.ts'
import { failureOf, type SendPhase } from './failure.ts'

/** How a send ended: `error` is absent when the server answered to the end, or the reader had enough. */
export interface ExchangeEnd {
  readonly status: number | undefined
  readonly error: EdgewiseError | undefined
  /** False when no connection came about. */
  readonly wasSent: boolean
}

interface ExchangeOptions {
  readonly outbound: Outbound
  readonly clock: Clock
  /** The request is about to be written to a connection. */
  readonly onSent: () => void
  /** Called exactly once. */
  readonly onEnd: (end: ExchangeEnd) => void
}

type Controller = Dispatcher.DispatchController

/** One request and its answer on a connection of undici: keeps the limits, obeys the signal, ends exactly once. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Resolves with the response's headers, or rejects. */
  readonly answer: Promise<Inbound>
  readonly #options: ExchangeOptions
  readonly #settle = Promise.withResolvers<Inbound>()
  /** Cancels the timer that runs now. */
  #cancelTimer = () => {}
  readonly #body: BodyQueue
  #controller: Controller | undefined
  #phase: SendPhase = 'queued'
  #status: number | undefined
  #end: ExchangeEnd | undefined
  #lastSignMs = 0

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.answer = this.#settle.promise
    this.#body = new BodyQueue({
      onDrain: () => {
        this.#lastSignMs = options.clock.monotonic()
        this.#controller?.resume()
      },
      onLeave: () => this.#finish(undefined, left),
    })
    options.outbound.signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#lastSignMs = options.clock.monotonic()
    this.#watch(options.outbound.headersTimeoutMs)
  }

  onRequestStart(controller: Controller): void {
    if (this.#end !== undefined) {
      controller.abort(left)
      return
    }
    this.#controller = controller
    this.#phase = 'sent'
    this.#options.onSent()
  }

  onResponseStart(_: Controller, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200 || this.#end !== undefined) return
    this.#phase = 'answering'
    this.#status = status
    this.#lastSignMs = this.#options.clock.monotonic()
    this.#cancelTimer()
    this.#watch(this.#options.outbound.bodyTimeoutMs)
    this.#settle.resolve({ status, headers: joined(headers), body: this.#body })
  }

  onResponseData(controller: Controller, piece: Uint8Array): void {
    this.#lastSignMs = this.#options.clock.monotonic()
    this.#body.push(piece)
    if (this.#body.isFull) controller.pause()
  }

  onResponseEnd(): void {
    this.#finish(undefined, undefined)
  }

  onResponseError(_: Controller, error: Error): void {
    this.#finish(failureOf(error, this.#phase, this.#options.outbound.url.origin), undefined)
  }

  /** Ends the exchange with `error`, and the connection with it. */
  refuse(error: EdgewiseError): void {
    this.#finish(error, left)
  }

  readonly #onAbort = () => {
    const { signal, url } = this.#options.outbound
    this.#finish(
      new EdgewiseError('aborted', `the request to ${url.origin} was aborted`, { cause: signal.reason }),
      left,
    )
  }

  /** Ends the exchange once there was no sign of life for `limitMs`. A timer that is not due after all is set anew for the rest. */
  #watch(limitMs: number): void {
    const { clock } = this.#options
    const restMs = this.#lastSignMs + limitMs - clock.monotonic()
    if (restMs <= 0) this.#finish(this.#overdue(), left)
    else {
      this.#cancelTimer = clock.after(restMs, () => {
        if (this.#isHeldBack()) this.#lastSignMs = clock.monotonic()
        this.#watch(limitMs)
      })
    }
  }

  /** A reader that takes its time is not the server's silence; a body that nobody began to read is let go. */
  #isHeldBack(): boolean {
    return this.#body.isFull && this.#body.started
  }

  #overdue(): EdgewiseError {
    const { url, headersTimeoutMs, bodyTimeoutMs } = this.#options.outbound
    if (this.#phase === 'queued') {
      return new EdgewiseError(
        'link-down',
        `${url.origin} took no connection within ${headersTimeoutMs} ms (ETIMEDOUT)`,
      )
    }
    if (this.#phase === 'sent') {
      return new EdgewiseError('upstream-timeout', `${url.origin} did not answer within ${headersTimeoutMs} ms`)
    }
    if (this.#body.isFull) {
      return new EdgewiseError('aborted', `nobody read the answer of ${url.origin} within ${bodyTimeoutMs} ms`)
    }
    return new EdgewiseError('upstream-timeout', `${url.origin} was silent for ${bodyTimeoutMs} ms in its answer`)
  }

  /** Ends the exchange; with `cutWith` the connection is destroyed too. */
  #finish(error: EdgewiseError | undefined, cutWith: Error | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { status: this.#status, error, wasSent: this.#phase !== 'queued' }
    this.#options.outbound.signal.removeEventListener('abort', this.#onAbort)
    this.#cancelTimer()
    if (error === undefined) this.#body.complete()
    else {
      this.#settle.reject(error)
      this.#body.fail(error, error.code === 'aborted')
    }
    if (cutWith !== undefined) this.#controller?.abort(cutWith)
    this.#options.onEnd(this.#end)
  }
}

/** One reason for all, made once: an error per request would cost a stack trace. */
const left = new Error('the exchange is over')

function joined(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}
