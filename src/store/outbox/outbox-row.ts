import type { OutboxEntry, OutboxKind, OutboxState } from './outbox.ts'

/** A row of the table as SQLite gives it. */
export interface OutboxRow {
  readonly position: number
  readonly nonce: string
  readonly kind: OutboxKind
  readonly priority: number
  readonly state: OutboxState
  readonly body: string
  readonly bytes: number
  readonly ordering_key: string | null
  readonly idempotency_key: string | null
  readonly digest: string | null
  readonly enqueued_at: number
  readonly deadline_at: number | null
  readonly due_at: number
  readonly attempts: number
  readonly lease: string | null
  readonly leased_until: number | null
  readonly sequence: number | null
  readonly finished_at: number | null
  readonly reason: string | null
}

/** The id of an entry: where it is in its table, and what tells it from all others that ever were there. */
export function idOf({ position, nonce }: Pick<OutboxRow, 'position' | 'nonce'>): string {
  return `out-${position}-${nonce}`
}

/** The parts of an id; undefined for what is none. */
export function partsOfId(id: string): Pick<OutboxRow, 'position' | 'nonce'> | undefined {
  const [, position, nonce] = /^out-([0-9]{1,15})-([0-9a-f]{24})$/.exec(id) ?? []
  return position === undefined || nonce === undefined ? undefined : { position: Number(position), nonce }
}

/** The row for those who asked for it. Only the outbox writes bodies, always as JSON; a finished entry has none. */
export function entryOf(row: OutboxRow): OutboxEntry {
  return {
    id: idOf(row),
    kind: row.kind,
    priority: row.priority,
    state: row.state,
    body: row.body === '' ? undefined : JSON.parse(row.body),
    orderingKey: row.ordering_key ?? undefined,
    idempotencyKey: row.idempotency_key ?? undefined,
    enqueuedAt: row.enqueued_at,
    deadlineAt: row.deadline_at ?? undefined,
    dueAt: row.due_at,
    finishedAt: row.finished_at ?? undefined,
    attempts: row.attempts,
    reason: row.reason ?? undefined,
  }
}
