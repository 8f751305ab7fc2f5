import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Random } from '../../spec/ports.ts'
import { type Prepared, prepareLater } from '../prepare-later.ts'
import type { SteadyTime } from '../steady-time.ts'
import { fullJitter } from './backoff.ts'
import { newNonce } from './nonces.ts'
import type { LeasedEntry, NewOutboxEntry, OutboxEntry, OutboxKind, OutboxWrites } from './outbox.ts'
import { outboxKinds } from './outbox-kinds.ts'
import type { OutboxRoom } from './outbox-room.ts'
import { entryOf, idOf, type OutboxRow, partsOfId } from './outbox-row.ts'

export interface OutboxTableOptions {
  readonly database: DatabaseSync
  readonly room: OutboxRoom
  readonly time: SteadyTime
  readonly random: Random
}

const baseMs = 1000
const mostMs = 300_000
/** Ended in one go; more wait for the next call. */
const mostExpired = 1000

const statements = {
  insert: `INSERT INTO outbox (nonce, kind, priority, state, body, bytes, ordering_key, idempotency_key, digest, enqueued_at,
    deadline_at, due_at, attempts) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
  find: 'SELECT * FROM outbox WHERE position = ? AND nonce = ?',
  findByKey: 'SELECT * FROM outbox WHERE idempotency_key = ?',
  remove: 'DELETE FROM outbox WHERE position = ?',
  seen: 'UPDATE outbox_epoch SET seen_at = ?',
  finish: `UPDATE outbox SET state = ?, reason = ?, finished_at = ?, body = '', lease = NULL, leased_until = NULL, sequence = NULL
    WHERE position = ?`,
  requeue: `UPDATE outbox SET state = 'queued', lease = NULL, leased_until = NULL, due_at = ?, reason = ? WHERE position = ?`,
  extend: 'UPDATE outbox SET leased_until = ? WHERE position = ?',
  hasten: `UPDATE outbox SET due_at = ? WHERE position IN
    (SELECT position FROM outbox INDEXED BY outbox_due
      WHERE state = 'queued' AND kind = ? AND due_at > ? ORDER BY due_at LIMIT ?)`,
  overdue: `SELECT * FROM outbox WHERE state = 'queued' AND deadline_at <= ? ORDER BY deadline_at LIMIT ${mostExpired}`,
} as const

type Held = Pick<LeasedEntry, 'id' | 'lease'>

/** The rows of the outbox. Every method runs within an open transaction. */
export class OutboxTable implements OutboxWrites {
  readonly #options: OutboxTableOptions
  readonly #sql: Prepared<keyof typeof statements>
  readonly counts = { enqueued: 0, delivered: 0, failed: 0 }

  constructor(options: OutboxTableOptions) {
    this.#options = options
    this.#sql = prepareLater(options.database, statements)
  }

  enqueue(entry: NewOutboxEntry): OutboxEntry {
    const { kind, priority = 0, orderingKey = null, idempotencyKey = null, deadlineMs } = entry
    const body = JSON.stringify(entry.body)
    if (body === undefined) throw new EdgewiseError('invalid-request', `The body of this ${kind} is no JSON value.`)
    const digest = idempotencyKey === null ? null : digestOf(kind, body)
    const known = idempotencyKey === null ? undefined : this.findByKey(idempotencyKey)
    if (known !== undefined) return same(known, digest)
    const bytes = Buffer.byteLength(body)
    const { room, time } = this.#options
    room.take(kind, bytes)
    const now = time.now()
    const deadlineAt = deadlineMs === undefined ? null : now + deadlineMs
    const nonce = newNonce()
    const given = [nonce, kind, priority, body, bytes, orderingKey, idempotencyKey, digest, now, deadlineAt, now]
    const position = Number(this.#sql('insert').run(...given).lastInsertRowid)
    this.counts.enqueued += 1
    return {
      id: idOf({ position, nonce }),
      kind,
      priority,
      state: 'queued',
      body: entry.body,
      orderingKey: entry.orderingKey,
      idempotencyKey: entry.idempotencyKey,
      enqueuedAt: now,
      deadlineAt: deadlineAt ?? undefined,
      dueAt: now,
      finishedAt: undefined,
      attempts: 0,
      reason: undefined,
    }
  }

  find(id: string): OutboxEntry | undefined {
    const row = this.row(id)
    return row && entryOf(row)
  }

  findByKey(key: string): OutboxRow | undefined {
    return this.#sql('findByKey').get(key) as OutboxRow | undefined
  }

  row(id: string): OutboxRow | undefined {
    const parts = partsOfId(id)
    return parts && (this.#sql('find').get(parts.position, parts.nonce) as OutboxRow | undefined)
  }

  complete(leased: Held): boolean {
    const row = this.#held(leased)
    if (row !== undefined) this.deliver(row)
    return row !== undefined
  }

  retry(leased: Held, { reason, afterMs = 0 }: { readonly reason: string; readonly afterMs?: number }): boolean {
    const row = this.#held(leased)
    if (row === undefined) return false
    const { time, random } = this.#options
    const waitMs = Math.max(afterMs, fullJitter({ failures: Math.max(1, row.attempts), baseMs, mostMs, random }))
    const now = time.now()
    this.#sql('requeue').run(now + waitMs, reason, row.position)
    // A machine without a battery starts years back: it must at least not wait for moments that it has seen already.
    this.#sql('seen').run(now)
    return true
  }

  fail(leased: Held, reason: string): boolean {
    const row = this.#held(leased)
    if (row !== undefined) this.finish(row, 'failed', reason)
    return row !== undefined
  }

  extend(leased: Held, leaseMs: number): boolean {
    const row = this.#held(leased)
    if (row !== undefined) this.#sql('extend').run(this.#options.time.now() + leaseMs, row.position)
    return row !== undefined
  }

  cancel(id: string, reason: string): OutboxEntry | undefined {
    const row = this.row(id)
    if (row === undefined || row.finished_at !== null || row.sequence !== null) return row && entryOf(row)
    this.finish(row, 'cancelled', reason)
    return this.find(id)
  }

  /** Up to `limit` of a kind that are not due yet are so now; gives how many. */
  hasten(kind: OutboxKind, limit: number): number {
    const now = this.#options.time.now()
    return Number(this.#sql('hasten').run(now, kind, now, limit).changes)
  }

  expire(): readonly OutboxEntry[] {
    const rows = this.#sql('overdue').all(this.#options.time.now()) as unknown as readonly OutboxRow[]
    for (const row of rows) this.finish(row, 'failed', 'deadline')
    return rows.flatMap((row) => this.find(idOf(row)) ?? [])
  }

  /** A worker or the hub is done with it. */
  deliver(row: OutboxRow): void {
    if (outboxKinds[row.kind].isRemembered || row.idempotency_key !== null) {
      this.finish(row, 'delivered', null)
      return
    }
    this.#sql('remove').run(row.position)
    this.#options.room.leave(row.kind, row.bytes)
    this.counts.delivered += 1
  }

  finish(
    { position, kind, bytes }: Pick<OutboxRow, 'position' | 'kind' | 'bytes'>,
    state: 'delivered' | 'failed' | 'cancelled',
    reason: string | null,
  ): void {
    this.#sql('finish').run(state, reason, this.#options.time.now(), position)
    this.#options.room.leave(kind as OutboxKind, bytes)
    if (state !== 'cancelled') this.counts[state] += 1
  }

  /** The row, if this lease still holds it. */
  #held({ id, lease }: Held): OutboxRow | undefined {
    const row = this.row(id)
    return row?.state === 'in_progress' && row.lease === lease ? row : undefined
  }
}

function same(row: OutboxRow, digest: string | null): OutboxEntry {
  if (row.digest === digest) return entryOf(row)
  const message =
    'This idempotency key was used for another entry of the outbox. Use a new key for each new entry, or send the same body again.'
  throw new EdgewiseError('idempotency-mismatch', message)
}

function digestOf(kind: string, body: string): string {
  return createHash('sha256').update(`${kind}\n${body}`).digest('hex')
}
