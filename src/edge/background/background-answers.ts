import { hash } from 'node:crypto'
import { isFinal } from '../../openai/response-replay.ts'
import { type ResponseBody, responseBody } from '../../openai/responses-object.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { Clock } from '../../spec/ports.ts'
import type { OutboxEntry } from '../../store/outbox/outbox.ts'
import type { EdgeStore, StoredResponse } from '../../store/store.ts'
import type { Attempt } from '../coalescing/join-keys.ts'
import type { ReadResponses } from '../server/read-responses.ts'
import { type BackgroundJob, jobOf } from './background-job.ts'
import { RecentJobs } from './recent-jobs.ts'

export interface BackgroundAnswersOptions {
  readonly store: Pick<EdgeStore, 'outbox' | 'responses' | 'transaction'>
  readonly newId: (prefix: string) => string
  readonly clock: Clock
  /** Understands the request of a job. Throws what is wrong with it. */
  readonly read: (
    job: BackgroundJob,
    about: { readonly id: string; readonly created: number },
  ) => Promise<ReadResponses>
}

/** Requests that are answered later. What `submit` has given is on disk: it survives everything but its disk. */
export class BackgroundAnswers {
  readonly #options: BackgroundAnswersOptions
  readonly #ended = new Set<(id: string) => void>()
  readonly #cancelled = new Set<(id: string) => void>()
  readonly #recent: RecentJobs

  constructor(options: BackgroundAnswersOptions) {
    this.#options = options
    this.#recent = new RecentJobs(options.clock)
  }

  /**
   * Queues a request and gives its response as it is now. The same Idempotency-Key of the same API key is the same response, and so is what a client sends again
   * within a minute. `mode` is the one in force: what may only wait for the cloud lets others go before, and `prefer-cloud` is answered here when its time is
   * over; in any other mode it fails then. Throws what is wrong with the request, `queue-full`,
   * `idempotency-mismatch`, and `not-found` for the key of a response that was deleted.
   */
  async submit(
    job: BackgroundJob,
    { idempotencyKey, retries = 0 }: Partial<Attempt>,
    mode: InferenceMode,
  ): Promise<ResponseBody> {
    const { store, newId, read, clock } = this.#options
    const repeated = idempotencyKey === undefined && retries > 0 ? this.#recent.find(job) : undefined
    const named = idempotencyKey === undefined ? repeated : `resp_${nameOf(job.keyId, idempotencyKey)}`
    const id = named ?? newId('resp_')
    const entry = {
      kind: 'background-request' as const,
      body: job,
      idempotencyKey: id,
      priority: mode.endsWith('edge') ? 1 : 0,
      ...(job.deadlineMs === undefined || mode === 'prefer-cloud' ? {} : { deadlineMs: job.deadlineMs }),
    }
    if (named !== undefined && (await store.outbox.findByKey(id)) !== undefined) {
      // The outbox knows whether it is the same request.
      await store.outbox.enqueue(entry)
      return this.#known(id, job.keyId)
    }
    const created = Math.floor(clock.now() / 1000)
    const { parsed, row, head } = await read(job, { id, created })
    if (parsed.store === false) throw mustBeStored()
    const body = responseBody(head, { status: 'queued', output: [], usage: undefined, place: undefined })
    await store.transaction(({ outbox, responses }) => {
      const { attempts, state } = outbox.enqueue(entry)
      // Another attempt at the same request may have come before.
      if (state === 'queued' && attempts === 0) responses.save(row(body))
    })
    this.#recent.add(job, id)
    return this.#known(id, job.keyId)
  }

  /** A response as it is now; undefined for one that is unknown here, was removed, or is another key's. */
  async find(id: string, keyId: string): Promise<ResponseBody | undefined> {
    const { store } = this.#options
    const stored = await store.responses.find(id, keyId)
    const body = stored?.body as ResponseBody | undefined
    if (stored === undefined || body === undefined) return this.#ofEntry(await this.#entryOf(id), keyId)
    if (isFinal(body) || !body.background) return body
    const now = asItIs(body, await this.#entryOf(id))
    // Its entry ended by itself, at its deadline: the response says so from now on, whatever becomes of the entry.
    if (isFinal(now)) store.responses.save({ ...stored, body: now })
    return now
  }

  /** Understands the request of a job. Throws what is wrong with it. */
  get read(): BackgroundAnswersOptions['read'] {
    return this.#options.read
  }

  /** Ends a response that is not final yet. The response as it is then; undefined for an unknown one. */
  async cancel(id: string, keyId: string): Promise<ResponseBody | undefined> {
    const { store } = this.#options
    const before = await this.find(id, keyId)
    const entry = await this.#entryOf(id)
    if (before === undefined || isFinal(before) || entry === undefined) return before
    const stored = await store.responses.find(id, keyId)
    await store.transaction(({ outbox, responses }) => {
      const ended = outbox.cancel(entry.id, 'cancelled by its caller')
      if (ended?.state === 'cancelled' && stored !== undefined) {
        responses.save({ ...stored, body: { ...before, status: 'cancelled' } })
      }
    })
    for (const listener of this.#cancelled) listener(id)
    this.ended(id)
    return this.find(id, keyId)
  }

  /** For the worker: the row of a response that fails for this reason; undefined for one that was removed. */
  async failedRow(id: string, keyId: string, message: string): Promise<StoredResponse | undefined> {
    const stored = await this.#options.store.responses.find(id, keyId)
    if (stored === undefined) return undefined
    return { ...stored, body: failed(stored.body as ResponseBody, message) }
  }

  /** Calls `listener` with the id of each response that becomes final; gives back what ends that. */
  onEnd(listener: (id: string) => void): () => void {
    this.#ended.add(listener)
    return () => this.#ended.delete(listener)
  }

  /** Calls `listener` with the id of each response that its caller cancelled; gives back what ends that. */
  onCancel(listener: (id: string) => void): () => void {
    this.#cancelled.add(listener)
    return () => this.#cancelled.delete(listener)
  }

  /** For the worker: this one is final. */
  ended(id: string): void {
    for (const listener of this.#ended) listener(id)
  }

  async #known(id: string, keyId: string): Promise<ResponseBody> {
    const body = await this.find(id, keyId)
    if (body !== undefined) return body
    const message = 'The response of this Idempotency-Key was deleted, or gave way to others. Use a new key.'
    throw new EdgewiseError('not-found', message, { param: 'idempotency-key' })
  }

  async #entryOf(id: string): Promise<OutboxEntry | undefined> {
    const entry = await this.#options.store.outbox.findByKey(id)
    return entry?.kind === 'background-request' ? entry : undefined
  }

  /** Of one whose row gave way to others while it waits. */
  async #ofEntry(entry: OutboxEntry | undefined, keyId: string): Promise<ResponseBody | undefined> {
    if (entry?.body === undefined || entry.idempotencyKey === undefined) return undefined
    const job = jobOf(entry)
    if (job?.keyId !== keyId) return undefined
    const about = { id: entry.idempotencyKey, created: Math.floor(entry.enqueuedAt / 1000) }
    const { head } = await this.#options.read(job, about)
    const queued = responseBody(head, { status: 'queued', output: [], usage: undefined, place: undefined })
    return asItIs(queued, entry)
  }
}

/** A response that is not final, by what its entry says. */
function asItIs(body: ResponseBody, entry: OutboxEntry | undefined): ResponseBody {
  if (entry === undefined) return failed(body, 'what became of it is not known any more')
  const { state, reason } = entry
  if (state === 'cancelled') return { ...body, status: 'cancelled' }
  if (state === 'failed') return failed(body, reason ?? 'it failed')
  return { ...body, status: state === 'queued' ? 'queued' : 'in_progress' }
}

function failed(body: ResponseBody, message: string): ResponseBody {
  return { ...body, status: 'failed', error: { code: 'server_error', message } }
}

function nameOf(keyId: string, idempotencyKey: string): string {
  return hash('sha256', JSON.stringify([keyId, idempotencyKey])).slice(0, 48)
}

function mustBeStored(): EdgewiseError {
  return new EdgewiseError('unsupported-field', 'background needs store: its answer is read later', { param: 'store' })
}
