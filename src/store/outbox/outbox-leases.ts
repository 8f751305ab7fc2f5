import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { type Prepared, prepareLater } from '../prepare-later.ts'
import type { SteadyTime } from '../steady-time.ts'
import type { LeasedEntry, LeaseWish, OutboxKind } from './outbox.ts'
import { outboxKinds } from './outbox-kinds.ts'
import { entryOf, type OutboxRow } from './outbox-row.ts'
import type { OutboxTable } from './outbox-table.ts'

export interface OutboxLeasesOptions {
  readonly database: DatabaseSync
  readonly table: OutboxTable
  readonly time: SteadyTime
}

/** So few that are due are found by their time and then put in order, rather than looked for among all that wait. */
const few = 1000

const isFree = `(ordering_key IS NULL OR NOT EXISTS (
      SELECT 1 FROM outbox AS earlier WHERE earlier.ordering_key = entry.ordering_key AND earlier.finished_at IS NULL
        AND earlier.position < entry.position))`

const statements = {
  count: `SELECT count(*) AS rows FROM (SELECT 1 FROM outbox INDEXED BY outbox_due
    WHERE state = 'queued' AND kind = ? AND due_at <= ? LIMIT ${few + 1})`,
  dueOfFew: `SELECT * FROM outbox WHERE position IN (SELECT position FROM outbox AS entry INDEXED BY outbox_due
    WHERE state = 'queued' AND kind = ? AND due_at <= ? AND ${isFree} ORDER BY priority DESC, position LIMIT ?)
    ORDER BY priority DESC, position`,
  due: `SELECT * FROM outbox AS entry WHERE state = 'queued' AND kind = ? AND due_at <= ?
    AND ${isFree} ORDER BY priority DESC, position LIMIT ?`,
  take: `UPDATE outbox SET state = 'in_progress', attempts = attempts + 1, lease = ?, leased_until = ? WHERE position = ?`,
  free: `UPDATE outbox SET state = 'queued', lease = NULL, leased_until = NULL, reason = 'its worker was lost'
    WHERE leased_until IS NOT NULL AND leased_until <= ?`,
} as const

/** Who works on what. Every method runs within an open transaction. */
export class OutboxLeases {
  readonly #options: OutboxLeasesOptions
  readonly #sql: Prepared<keyof typeof statements>

  constructor(options: OutboxLeasesOptions) {
    this.#options = options
    this.#sql = prepareLater(options.database, statements)
  }

  take({ kinds, limit, leaseMs }: LeaseWish): readonly LeasedEntry[] {
    const { table, time } = this.#options
    const now = time.now()
    this.#sql('free').run(now)
    table.expire()
    const ranked = kinds.toSorted((a, b) => outboxKinds[b].rank - outboxKinds[a].rank)
    const leased: LeasedEntry[] = []
    for (const kind of ranked) {
      for (const row of this.#due(kind, now, limit - leased.length)) {
        const lease = randomUUID()
        this.#sql('take').run(lease, now + leaseMs, row.position)
        leased.push({ ...entryOf(row), state: 'in_progress', attempts: row.attempts + 1, lease })
      }
    }
    return leased
  }

  #due(kind: OutboxKind, now: number, limit: number): readonly OutboxRow[] {
    const rows = Number(this.#sql('count').get(kind, now)?.rows)
    if (rows === 0 || limit === 0) return []
    const due = this.#sql(rows <= few ? 'dueOfFew' : 'due')
    return due.all(kind, now, limit) as unknown as readonly OutboxRow[]
  }

  /** Frees whatever is leased; gives how many. */
  recover(): number {
    return Number(this.#sql('free').run(Number.MAX_SAFE_INTEGER).changes)
  }
}
