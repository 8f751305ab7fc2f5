import { hash } from 'node:crypto'
import { isFinal } from '../../openai/response-replay.ts'
import { type ResponseBody, responseBody } from '../../openai/responses-object.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { OutboxEntry } from '../../store/outbox/outbox.ts'
import type { EdgeStore, StoreWrites } from '../../store/store.ts'
import type { Attempt } from '../coalescing/join-keys.ts'
import type { ReadResponses } from '../server/read-responses.ts'
import type { BackgroundJob } from './background-job.ts'
import { jobOf } from './background-job.ts'

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

  constructor(options: BackgroundAnswersOptions) {
    this.#options = options
  }

  /**
   * Queues a request and gives its response as it is now. The same Idempotency-Key of the same API key is the same response. Throws what is wrong with
   * the request, `queue-full`, `idempotency-mismatch`.
   */
  async submit(job: BackgroundJob, { idempotencyKey }: Partial<Attempt> = {}): Promise<ResponseBody> {
    const { store, newId, read, clock } = this.#options
    const id = idempotencyKey === undefined ? newId('resp_') : `resp_${named(job.keyId, idempotencyKey)}`
    const known = await store.outbox.findByKey(id)
    const { parsed, row, head } = await read(job, {
      id,
      created: Math.floor((known?.enqueuedAt ?? clock.now()) / 1000),
    })
    if (parsed.store === false) throw mustBeStored()
    const queued = await store.transaction((writes) => {
      const { deadlineMs } = job
      const entry = writes.outbox.enqueue({
        kind: 'background-request',
        body: job,
        idempotencyKey: id,
        ...(deadlineMs === undefined || mayEndLocally(job) ? {} : { deadlineMs }),
      })
      const body = responseBody(head, { status: 'queued', output: [], usage: undefined, place: undefined })
      if (known === undefined) writes.responses.save(row(body))
      return { entry, body }
    })
    return (await this.#merged(queued.body, queued.entry, job.keyId)) ?? queued.body
  }

  /** A response as it is now; undefined for one that is unknown here, was removed, or is another key's. */
  async find(id: string, keyId: string): Promise<ResponseBody | undefined> {
    const { store } = this.#options
    const stored = (await store.responses.find(id, keyId))?.body as ResponseBody | undefined
    if (stored !== undefined && isFinal(stored)) return stored
    const entry = await store.outbox.findByKey(id)
    if (entry === undefined) return stored
    return this.#merged(stored, entry, keyId)
  }

  /** Understands the request of a job. Throws what is wrong with it. */
  get read(): BackgroundAnswersOptions['read'] {
    return this.#options.read
  }

  /** Ends a response that is not final yet. The response as it is then; undefined for an unknown one. */
  async cancel(id: string, keyId: string): Promise<ResponseBody | undefined> {
    const { store } = this.#options
    const before = await this.find(id, keyId)
    const entry = await store.outbox.findByKey(id)
    if (before === undefined || isFinal(before) || entry === undefined) return before
    await store.outbox.cancel(entry.id, 'cancelled by its caller')
    this.ended(id)
    return this.find(id, keyId)
  }

  /** Calls `listener` with the id of each response that becomes final; gives back what ends that. */
  onEnd(listener: (id: string) => void): () => void {
    this.#ended.add(listener)
    return () => this.#ended.delete(listener)
  }

  /** For the worker: this one is final. */
  ended(id: string): void {
    for (const listener of this.#ended) listener(id)
  }

  async #merged(
    stored: ResponseBody | undefined,
    entry: OutboxEntry,
    keyId: string,
  ): Promise<ResponseBody | undefined> {
    const body = stored ?? (await this.#bodyOf(entry, keyId))
    if (body === undefined) return undefined
    const { state, reason } = entry
    if (state === 'queued') return { ...body, status: 'queued' }
    if (state === 'cancelled') return { ...body, status: 'cancelled' }
    if (state === 'failed') {
      return { ...body, status: 'failed', error: { code: 'server_error', message: reason ?? 'it failed' } }
    }
    return { ...body, status: 'in_progress' }
  }

  /** Of one whose row gave way to others. */
  async #bodyOf(entry: OutboxEntry, keyId: string): Promise<ResponseBody | undefined> {
    if (entry.body === undefined || entry.idempotencyKey === undefined) return undefined
    const job = jobOf(entry)
    if (job.keyId !== keyId) return undefined
    const about = { id: entry.idempotencyKey, created: Math.floor(entry.enqueuedAt / 1000) }
    const { head } = await this.#options.read(job, about)
    return responseBody(head, { status: 'queued', output: [], usage: undefined, place: undefined })
  }
}

/** For the end of a job: the response and the entry become final together, unless the entry already is. */
export function conclude(
  { outbox, responses }: StoreWrites,
  leased: { readonly id: string; readonly lease: string },
  { row, failure }: { readonly row: Parameters<StoreWrites['responses']['save']>[0]; readonly failure?: string },
): boolean {
  const isOurs = failure === undefined ? outbox.complete(leased) : outbox.fail(leased, failure)
  if (isOurs) responses.save(row)
  return isOurs
}

/** When its time is over it is answered here; in any other mode it fails then. */
function mayEndLocally({ mode }: BackgroundJob): boolean {
  return mode === 'prefer-cloud'
}

function named(keyId: string, idempotencyKey: string): string {
  return hash('sha256', JSON.stringify([keyId, idempotencyKey])).slice(0, 48)
}

function mustBeStored(): EdgewiseError {
  return new EdgewiseError('unsupported-field', 'background needs store: its answer is read later', { param: 'store' })
}
