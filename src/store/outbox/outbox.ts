/** What may lie in the outbox. `ledger-checkpoint` and `background-request` may use all of its room, the others leave some to them. */
export type OutboxKind = 'ledger-checkpoint' | 'background-request' | 'feedback' | 'telemetry'

/** `queued` waits, `in_progress` is with a worker or on its way to the hub; the others are final. */
export type OutboxState = 'queued' | 'in_progress' | 'delivered' | 'failed' | 'cancelled'

/** Most that the outbox holds of what is not finished yet. */
export interface OutboxLimits {
  readonly rows: number
  readonly bytes: number
  /** Largest body of one entry, in bytes of JSON. */
  readonly entryBytes: number
}

export interface NewOutboxEntry {
  readonly kind: OutboxKind
  /** A JSON value. */
  readonly body: unknown
  /** Higher goes first among entries of a kind; default 0. */
  readonly priority?: number
  /** Of entries with the same key each waits until those before it are finished. */
  readonly orderingKey?: string
  /** The same key with the same kind and body is the same entry, also after it is finished. */
  readonly idempotencyKey?: string
  /** Wall time until which it is of use, time without power included; then it becomes `failed` with the reason `deadline`. */
  readonly deadlineMs?: number
}

export interface OutboxEntry {
  /** Unique among all edges. */
  readonly id: string
  readonly kind: OutboxKind
  readonly priority: number
  readonly state: OutboxState
  /** Absent once it is finished. */
  readonly body: unknown
  readonly orderingKey: string | undefined
  readonly idempotencyKey: string | undefined
  /** Milliseconds since 1970, as the four below. */
  readonly enqueuedAt: number
  readonly deadlineAt: number | undefined
  /** Not tried before. */
  readonly dueAt: number
  readonly finishedAt: number | undefined
  /** How often a worker has taken it. */
  readonly attempts: number
  /** Why it failed or was cancelled, or what was wrong with the last attempt. */
  readonly reason: string | undefined
}

/** An entry in the hands of a worker, until it is given back or the lease runs out. */
export interface LeasedEntry extends OutboxEntry {
  readonly lease: string
}

export interface LeaseWish {
  readonly kinds: readonly OutboxKind[]
  readonly limit: number
  /** A worker that does not show within this time has died; its entries are free again. */
  readonly leaseMs: number
}

/** What can be done within `Store.transaction`: it is on disk together with everything else of that transaction, or not at all. */
export interface OutboxWrites {
  /**
   * Takes an entry in. Throws `queue-full` when there is no room, `body-too-large`, and `idempotency-mismatch` when the key is taken by an entry with
   * another kind or body.
   */
  enqueue(entry: NewOutboxEntry): OutboxEntry
  find(id: string): OutboxEntry | undefined
  /** Finished well. False when the lease has run out: somebody else has it, or it is finished already. As for the next three. */
  complete(leased: Pick<LeasedEntry, 'id' | 'lease'>): boolean
  /** Given back unfinished: due again after a full-jitter backoff, or after `afterMs` at the earliest. */
  retry(leased: Pick<LeasedEntry, 'id' | 'lease'>, why: { readonly reason: string; readonly afterMs?: number }): boolean
  fail(leased: Pick<LeasedEntry, 'id' | 'lease'>, reason: string): boolean
  extend(leased: Pick<LeasedEntry, 'id' | 'lease'>, leaseMs: number): boolean
  /**
   * Ends an entry that is not finished, whoever has it; its worker's lease is void. Not one on its way to the hub: that may have arrived. The entry as it is
   * then; undefined for an unknown one.
   */
  cancel(id: string, reason: string): OutboxEntry | undefined
}

/** The writes of `OutboxWrites`, each resolved when it is on disk. */
type Durable<T> = {
  readonly [K in keyof T]: T[K] extends (...given: infer A) => infer R ? (...given: A) => Promise<R> : never
}

/** What an edge has promised to do or to send later. On disk when a call resolves; several calls at a time share one wait for the disk. */
export interface Outbox extends Durable<OutboxWrites> {
  findByKey(idempotencyKey: string): Promise<OutboxEntry | undefined>
  /** Takes what is due, by priority and then in order. Leases that ran out are free, and what is past its deadline becomes `failed`, before. */
  lease(wish: LeaseWish): Promise<readonly LeasedEntry[]>
  /** For the one program that works on this outbox, at its start: entries that workers of an earlier run held are free at once. */
  recover(): Promise<number>
  /** What waits for its next attempt is due now: whatever it waited for is there. Gives how many. */
  hasten(kinds: readonly OutboxKind[]): Promise<number>
  /** Fails what is past its deadline; gives those entries. Called by `lease` and by housekeeping too. */
  expire(): Promise<readonly OutboxEntry[]>
  /** The newest entries that failed or were cancelled, newest first. */
  unfortunate(limit: number): Promise<readonly OutboxEntry[]>
  readonly delivery: DeliveryQueue
  status(): OutboxStatus
  /** Calls `listener` after entries were taken in; gives back what ends that. */
  onEnqueue(listener: () => void): () => void
}

export interface OutboxStatus {
  readonly limits: OutboxLimits
  /** Not finished yet. */
  readonly waiting: Readonly<Record<OutboxKind, { readonly rows: number; readonly bytes: number }>>
  /** Since the start of this program. */
  readonly delivered: number
  readonly failed: number
  readonly refused: number
  /** Why nothing is handed over to the hub until somebody acts. */
  readonly halted: string | undefined
}

/** One entry as it is handed over. */
export interface SealedEntry {
  readonly id: string
  readonly kind: string
  readonly enqueuedAt: number
  /** JSON. */
  readonly body: string
}

/** Entries under consecutive numbers. It stays as it is, on disk, until the hub has it: whoever sends it again sends the same. */
export interface SealedBatch {
  readonly epoch: string
  /** Sequence of the first entry. */
  readonly first: number
  /** Running hash over everything that was handed over before; see `chainHead`. */
  readonly head: string
  /** None: there is nothing to hand over. */
  readonly entries: readonly SealedEntry[]
}

/**
 * The hand-over to the hub. Entries get their numbers when they are sealed, so that there are no gaps: an epoch counts from 1. One batch is under way at a
 * time.
 */
export interface DeliveryQueue {
  /** The batch that is under way, else a new one of what is due; `limit` in entries. */
  seal(options: {
    readonly kinds: readonly OutboxKind[]
    readonly limit: number
    readonly bytes: number
  }): Promise<SealedBatch>
  /** The hub has everything up to here, for good: those entries are delivered. Throws `delivery-forked` for a number or hash that was never reached. */
  acknowledge(received: { readonly epoch: string; readonly sequence: number; readonly head: string }): Promise<void>
  /** Nothing is handed over any more, also after a restart, until a new epoch begins. */
  halt(reason: string): Promise<void>
  /** Counting begins anew under a new random name; what was sealed is queued again. The hub knows its entries by their ids. */
  beginEpoch(): Promise<string>
  epoch(): Promise<{ readonly epoch: string; readonly delivered: number; readonly halted: string | undefined }>
}
