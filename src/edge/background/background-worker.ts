import { type ResponseBody, responseBody } from '../../openai/responses-object.ts'
import { ResponseWriter } from '../../openai/responses-writer.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { LeasedEntry } from '../../store/outbox/outbox.ts'
import type { EdgeStore } from '../../store/store.ts'
import type { Edge } from '../edge.ts'
import type { Exchange } from '../exchange.ts'
import type { OpenRequestSignal } from '../request-signal.ts'
import type { ReadResponses } from '../server/read-responses.ts'
import { createTrace } from '../trace.ts'
import { type BackgroundAnswers, conclude } from './background-answers.ts'
import { type BackgroundJob, jobOf } from './background-job.ts'
import { nextStep, passes } from './next-step.ts'

/** What of an edge's settings in force a run needs. */
export interface BackgroundRunner {
  readonly edge: Edge
  readonly openSignal: OpenRequestSignal
  readonly requestMs: number
  /** The hub need not keep its answer any longer. Never throws. */
  acknowledge(id: string): Promise<void>
}

export interface BackgroundWorkerOptions {
  readonly store: Pick<EdgeStore, 'outbox' | 'transaction'>
  readonly answers: BackgroundAnswers
  readonly clock: Clock
  /** As the settings are now. */
  readonly runner: () => BackgroundRunner
  /** Takes nothing new once it aborts. */
  readonly draining: AbortSignal
  /** Requests that run at the same time. */
  readonly atATime: number
  /** Told of failures of the store. */
  readonly onError: (error: EdgewiseError) => void
}

/** A run that shows no sign for so long is taken to be dead. */
const leaseMs = 60_000
/** How often the outbox is asked for what has become due by itself. */
const lookEveryMs = 1_000
/** Runs after which a failure that does not pass by itself is final. */
const mostFailures = 20

/** Answers what is queued, in its order, whenever it can be: each request as a background one, beside whatever else the edge does. */
export class BackgroundWorker implements AsyncDisposable {
  readonly #options: BackgroundWorkerOptions
  readonly #closing = new AbortController()
  readonly #running = new Map<string, { readonly done: Promise<void>; readonly stop: AbortController }>()
  #wake = () => {}
  #loop: Promise<void> | undefined

  constructor(options: BackgroundWorkerOptions) {
    this.#options = options
  }

  /** Begins. */
  start(): void {
    this.#loop ??= this.#run()
  }

  /** Something may have become possible: the link came back, a request came in. */
  readonly wake = (): void => this.#wake()

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#wake()
    await this.#loop
    for (const { stop } of this.#running.values()) stop.abort(closing())
    await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  async #run(): Promise<void> {
    const { store, answers, onError } = this.#options
    const stopListening = [store.outbox.onEnqueue(this.wake), answers.onEnd((id) => this.#stopCancelled(id))]
    while (!this.#closing.signal.aborted) {
      try {
        await this.#takeDue()
      } catch (thrown) {
        onError(asEdgewiseError(thrown, 'store-failed'))
      }
      await this.#sleep()
    }
    for (const stop of stopListening) stop()
  }

  async #takeDue(): Promise<void> {
    const { store, atATime, draining } = this.#options
    const limit = atATime - this.#running.size
    if (limit < 1 || draining.aborted) return
    for (const entry of await store.outbox.lease({ kinds: ['background-request'], limit, leaseMs })) {
      const stop = new AbortController()
      const done = this.#work(entry, stop.signal).finally(() => {
        this.#running.delete(entry.idempotencyKey ?? entry.id)
        this.#wake()
      })
      this.#running.set(entry.idempotencyKey ?? entry.id, { done, stop })
    }
  }

  /** Until something happens, or a moment has passed. */
  async #sleep(): Promise<void> {
    const { clock } = this.#options
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    if (this.#closing.signal.aborted) return
    await (clock.backgroundDelay ?? clock.delay)(lookEveryMs, woken.signal).catch(() => {})
  }

  #stopCancelled(id: string): void {
    this.#running.get(id)?.stop.abort(new EdgewiseError('aborted', 'its caller cancelled it'))
  }

  /** One attempt at one request. Never throws. */
  async #work(entry: LeasedEntry, stopped: AbortSignal): Promise<void> {
    const { store, onError } = this.#options
    const held = new AbortController()
    const holding = this.#hold(entry, held.signal)
    try {
      await this.#attempt(entry, stopped)
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      await store.outbox
        .retry(entry, { reason: error.message })
        .catch((failure: unknown) => onError(asEdgewiseError(failure)))
      if (error.status === 500) onError(error)
    } finally {
      held.abort()
      await holding
    }
  }

  async #hold(entry: LeasedEntry, until: AbortSignal): Promise<void> {
    const { store, clock } = this.#options
    while (!until.aborted) {
      await (clock.backgroundDelay ?? clock.delay)(leaseMs / 3, until).catch(() => {})
      if (!until.aborted) await store.outbox.extend(entry, leaseMs).catch(() => false)
    }
  }

  async #attempt(entry: LeasedEntry, stopped: AbortSignal): Promise<void> {
    const { store, answers, clock, runner } = this.#options
    const { edge, openSignal, requestMs, acknowledge } = runner()
    const job = jobOf(entry)
    const id = entry.idempotencyKey ?? entry.id
    let asked: ReadResponses
    try {
      asked = await answers.read(job, { id, created: Math.floor(entry.enqueuedAt / 1000) })
    } catch (thrown) {
      // What was right when it was queued: what it goes on from is gone since.
      const error = asEdgewiseError(thrown)
      if (error.status >= 500) throw error
      await store.outbox.fail(entry, error.message)
      answers.ended(id)
      return
    }
    const lasting = openSignal({ limitMs: requestMs, limitCode: 'request-timeout' })
    const signal = AbortSignal.any([lasting.signal, stopped])
    try {
      const exchangeIn = (mode: BackgroundJob['mode']) => exchangeOf({ asked, job, mode, signal, clock, id })
      const outlook = await edge.plan(exchangeIn(job.mode)).catch((thrown: unknown) => asEdgewiseError(thrown))
      const { deadlineMs } = job
      const isOverdue = deadlineMs !== undefined && clock.now() >= entry.enqueuedAt + deadlineMs
      const step = nextStep({ mode: job.mode, outlook, isOverdue })
      if (step.does === 'wait') {
        const { because: reason, afterMs } = step
        await store.outbox.retry(entry, { reason, ...(afterMs === undefined ? {} : { afterMs }) })
        return
      }
      const ended =
        step.does === 'fail' ? failure(asked, step.error) : await this.#answered(asked, exchangeIn(step.mode), entry)
      if (ended === undefined) return
      const { body, failedBecause } = ended
      const row = asked.row(body)
      const failing = failedBecause === undefined ? {} : { failure: failedBecause }
      await store
        .transaction((writes) => conclude(writes, entry, { row, ...failing }))
        .catch((thrown: unknown) => this.#tooLarge(entry, asEdgewiseError(thrown)))
      answers.ended(id)
      await acknowledge(id)
    } finally {
      lasting.release()
    }
  }

  /** An answer that the store does not keep, however often it is made. Throws any other failure. */
  async #tooLarge(entry: LeasedEntry, error: EdgewiseError): Promise<void> {
    if (error.code !== 'body-too-large') throw error
    await this.#options.store.outbox.fail(entry, error.message)
  }

  /** The answer, or a failure that is final; undefined when there will be another attempt. */
  async #answered(asked: ReadResponses, exchange: Exchange, entry: LeasedEntry) {
    const { edge } = this.#options.runner()
    const writer = new ResponseWriter(asked.head)
    try {
      const { parts } = await edge.answer(exchange)
      for await (const part of parts) writer.push(part)
      return { body: writer.body, failedBecause: undefined }
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      if (passes(error) && (isPatient(error) || entry.attempts < mostFailures)) {
        const { retryAfterSeconds, message: reason } = error
        const afterMs = retryAfterSeconds === undefined ? {} : { afterMs: retryAfterSeconds * 1000 }
        await this.#options.store.outbox.retry(entry, { reason, ...afterMs })
        return undefined
      }
      return failure(asked, error)
    }
  }
}

function closing(): EdgewiseError {
  return new EdgewiseError('engine-unavailable', 'this edge is shutting down; it goes on at the next start')
}

/** It is not the request's fault, however often it happens. */
function isPatient({ code }: EdgewiseError): boolean {
  return code !== 'upstream-failed' && code !== 'engine-crashed'
}

function failure({ head }: ReadResponses, error: EdgewiseError): { body: ResponseBody; failedBecause: string } {
  const { message } = error
  const body = responseBody(head, {
    status: 'failed',
    output: [],
    usage: undefined,
    place: undefined,
    error: { code: 'server_error', message },
  })
  return { body, failedBecause: message }
}

interface ExchangeOptions {
  readonly asked: ReadResponses
  readonly job: BackgroundJob
  readonly mode: Exchange['mode'] & string
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly id: string
}

function exchangeOf({ asked, job, mode, signal, clock, id }: ExchangeOptions): Exchange {
  const { request, conversation } = asked
  const { keyId } = job
  const trace = createTrace({
    requestId: id,
    keyId,
    conversation,
    requestedModel: request.model,
    streaming: false,
    clock,
  })
  return {
    request: { ...request, conversation, priority: 'background', isDetached: true },
    keyId,
    conversation,
    streaming: false,
    mode,
    signal,
    trace,
  }
}
