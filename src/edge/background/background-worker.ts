import { ResponseWriter } from '../../openai/responses-writer.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { Clock } from '../../spec/ports.ts'
import type { LeasedEntry } from '../../store/outbox/outbox.ts'
import type { EdgeStore, StoredResponse } from '../../store/store.ts'
import type { Edge } from '../edge.ts'
import type { Exchange } from '../exchange.ts'
import type { OpenRequestSignal } from '../request-signal.ts'
import type { ReadResponses } from '../server/read-responses.ts'
import type { BackgroundAnswers } from './background-answers.ts'
import { type BackgroundJob, jobOf } from './background-job.ts'
import { backgroundExchange, failure, mayBeItsOwnFault, type RunEnd } from './background-run.ts'
import { nextStep, passes } from './next-step.ts'

/** What of an edge's settings in force a run needs. */
export interface BackgroundRunner {
  readonly edge: Edge
  readonly openSignal: OpenRequestSignal
  readonly requestMs: number
  /** Of policy, for what names none. */
  readonly mode: InferenceMode
  /** False while the hub has not told its models: one that nobody knows may be one of them. */
  knowsModels(): boolean
  /** The hub need neither go on with it nor keep its answer. Never throws. */
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

interface Running {
  readonly id: string
  readonly done: Promise<void>
  readonly stop: AbortController
}

/** A run that shows no sign for so long is taken to be dead. */
const leaseMs = 60_000
/** How often the outbox is asked for what has become due by itself. */
const lookEveryMs = 1_000
/** What waits for the link looks again after this time at the latest: it is woken when the link comes back. */
const linkWaitMs = 300_000
/** Runs that failed in a way that may be the request's own fault, after which the failure is final. */
const mostFailures = 20

/** Answers what is queued, in its order, whenever it can be: each request as a background one, beside whatever else the edge does. */
export class BackgroundWorker implements AsyncDisposable {
  readonly #options: BackgroundWorkerOptions
  readonly #closing = new AbortController()
  readonly #running = new Map<string, Running>()
  /** Failed runs of what is not final, since the start of this program. */
  readonly #failures = new Map<string, number>()
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
    const stopListening = [store.outbox.onEnqueue(this.wake), answers.onCancel((id) => this.#stopCancelled(id))]
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
      const id = entry.idempotencyKey ?? entry.id
      // The machine slept longer than a lease lasts: that run is told, and this one comes after it.
      const before = this.#running.values().find((run) => run.id === id)
      if (before !== undefined) {
        before.stop.abort(lost())
        await store.outbox.retry(entry, { reason: 'its run before has not ended yet' })
        continue
      }
      const stop = new AbortController()
      const done = this.#work({ entry, id, stop }).finally(() => {
        this.#running.delete(entry.lease)
        this.#wake()
      })
      this.#running.set(entry.lease, { id, done, stop })
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
    const run = this.#running.values().find((candidate) => candidate.id === id)
    if (run === undefined) return
    run.stop.abort(new EdgewiseError('aborted', 'its caller cancelled it'))
    void this.#options.runner().acknowledge(id)
  }

  /** One attempt at one request. Never throws. */
  async #work(work: Work): Promise<void> {
    const { store, onError } = this.#options
    const held = new AbortController()
    const holding = this.#hold(work, held.signal)
    try {
      await this.#attempt(work)
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      await store.outbox
        .retry(work.entry, { reason: error.message })
        .catch((failed: unknown) => onError(asEdgewiseError(failed)))
      if (error.status === 500) onError(error)
    } finally {
      held.abort()
      await holding
    }
  }

  /** Keeps the lease; a run that has lost it is stopped, since another may have it. */
  async #hold({ entry, stop }: Work, until: AbortSignal): Promise<void> {
    const { store, clock } = this.#options
    while (!until.aborted) {
      await (clock.backgroundDelay ?? clock.delay)(leaseMs / 3, until).catch(() => {})
      if (until.aborted) return
      const isOurs = await store.outbox.extend(entry, leaseMs).catch(() => true)
      if (!isOurs) stop.abort(lost())
    }
  }

  async #attempt({ entry, id, stop }: Work): Promise<void> {
    const { clock, runner } = this.#options
    const { edge, openSignal, requestMs, mode: usual, knowsModels, acknowledge } = runner()
    const job = jobOf(entry)
    if (job === undefined) {
      await this.#fail(entry, undefined, 'it was queued by another version of Edgewise, and is not understood')
      return
    }
    const asked = await this.#read(job, entry, id)
    if (asked === undefined) return
    const lasting = openSignal({ limitMs: requestMs, limitCode: 'request-timeout' })
    const signal = AbortSignal.any([lasting.signal, stop.signal])
    const { keyId, mode = usual } = job
    const exchangeIn = (wished: InferenceMode) => backgroundExchange({ id, keyId, asked, mode: wished, signal, clock })
    try {
      const outlook = await edge.plan(exchangeIn(mode)).catch((thrown: unknown) => asEdgewiseError(thrown))
      const isOverdue = timeLeftMs(job, entry, clock) <= 0 || this.#hasFailedTooOften(id)
      const step = nextStep({ mode, outlook, isOverdue, knowsModels: knowsModels() })
      if (step.does === 'wait') {
        await this.#wait(entry, job, step)
        return
      }
      const end =
        step.does === 'fail'
          ? failure(asked, step.error)
          : await answerOf({ edge, asked, exchange: exchangeIn(step.mode) })
      if (end.is === 'unfinished') await this.#tryAgain({ entry, id, asked, end, mode })
      else if (await this.#conclude(entry, asked.row(end.body), end.failedBecause)) {
        this.#forget(id)
        await acknowledge(id)
      }
    } finally {
      lasting.release()
    }
  }

  /** The request of a job. One that was right when it was queued, and is not any more, fails: what it goes on from is gone. */
  async #read(job: BackgroundJob, entry: LeasedEntry, id: string): Promise<ReadResponses | undefined> {
    const { answers } = this.#options
    try {
      return await answers.read(job, { id, created: Math.floor(entry.enqueuedAt / 1000) })
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      if (error.status >= 500) throw error
      await this.#fail(entry, job, error.message)
      return undefined
    }
  }

  async #wait(
    entry: LeasedEntry,
    job: BackgroundJob,
    { because: reason, afterMs, isForLink }: { because: string; afterMs?: number; isForLink?: boolean },
  ): Promise<void> {
    const { store, clock } = this.#options
    const restMs = Math.max(0, Math.min(linkWaitMs, timeLeftMs(job, entry, clock)))
    const waitMs = isForLink === true ? restMs : afterMs
    await store.outbox.retry(entry, { reason, ...(waitMs === undefined ? {} : { afterMs: waitMs }) })
  }

  async #tryAgain({ entry, id, asked, end, mode }: Unfinished): Promise<void> {
    const { error } = end
    const mayGoElsewhere = mode === 'prefer-cloud' && !this.#hasFailedTooOften(id)
    if (mayBeItsOwnFault(error)) this.#failures.set(id, (this.#failures.get(id) ?? 0) + 1)
    // What the cloud will never answer is answered here, where that is allowed.
    if (!passes(error) && mayGoElsewhere) this.#failures.set(id, mostFailures)
    else if (!passes(error) || (this.#hasFailedTooOften(id) && !mayGoElsewhere)) {
      const { body, failedBecause } = failure(asked, error)
      if (await this.#conclude(entry, asked.row(body), failedBecause)) this.#forget(id)
      return
    }
    const { retryAfterSeconds, message: reason } = error
    const afterMs = retryAfterSeconds === undefined ? {} : { afterMs: retryAfterSeconds * 1000 }
    await this.#options.store.outbox.retry(entry, { reason, ...afterMs })
  }

  #hasFailedTooOften(id: string): boolean {
    return (this.#failures.get(id) ?? 0) >= mostFailures
  }

  #forget(id: string): void {
    this.#failures.delete(id)
    this.#options.answers.ended(id)
  }

  /** The response and its entry become final together. False when the entry is another's by now, or final. */
  async #conclude(entry: LeasedEntry, row: StoredResponse, failedBecause: string | undefined): Promise<boolean> {
    const { store } = this.#options
    try {
      return await store.transaction(({ outbox, responses }) => {
        const isOurs = failedBecause === undefined ? outbox.complete(entry) : outbox.fail(entry, failedBecause)
        if (isOurs) responses.save(row)
        return isOurs
      })
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      // The store does not keep it, however often it is made.
      if (error.code !== 'body-too-large') throw error
      await this.#fail(entry, jobOf(entry), error.message)
      return true
    }
  }

  async #fail(entry: LeasedEntry, job: BackgroundJob | undefined, reason: string): Promise<void> {
    const { store, answers } = this.#options
    const id = entry.idempotencyKey ?? entry.id
    const row = job && (await answers.failedRow(id, job.keyId, reason))
    await store.transaction(({ outbox, responses }) => {
      if (outbox.fail(entry, reason) && row !== undefined) responses.save(row)
    })
    this.#forget(id)
  }
}

interface Work {
  readonly entry: LeasedEntry
  readonly id: string
  readonly stop: AbortController
}

interface Unfinished extends Pick<Work, 'entry' | 'id'> {
  readonly asked: ReadResponses
  readonly end: RunEnd & { readonly is: 'unfinished' }
  readonly mode: InferenceMode
}

interface AnswerOptions {
  readonly edge: Edge
  readonly asked: ReadResponses
  readonly exchange: Exchange
}

async function answerOf({ edge, asked, exchange }: AnswerOptions): Promise<RunEnd> {
  const writer = new ResponseWriter(asked.head)
  try {
    const { parts } = await edge.answer(exchange)
    for await (const part of parts) writer.push(part)
    return { is: 'final', body: writer.body }
  } catch (thrown) {
    return { is: 'unfinished', error: asEdgewiseError(thrown) }
  }
}

/** Until the cloud's answer is of no use any more. */
function timeLeftMs({ deadlineMs }: BackgroundJob, { enqueuedAt }: LeasedEntry, clock: Clock): number {
  return deadlineMs === undefined ? Number.POSITIVE_INFINITY : enqueuedAt + deadlineMs - clock.now()
}

function closing(): EdgewiseError {
  return new EdgewiseError('engine-unavailable', 'this edge is shutting down; it goes on at the next start')
}

function lost(): EdgewiseError {
  return new EdgewiseError('engine-unavailable', 'its lease ran out, and another run may have it')
}
