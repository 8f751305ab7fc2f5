import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../../spec/errors.ts'
import { type Prepared, prepareLater } from '../prepare-later.ts'
import type { SteadyTime } from '../steady-time.ts'
import { chainHead, chainStart } from './chain.ts'
import type { OutboxKind, SealedBatch, SealedEntry } from './outbox.ts'
import { outboxKinds } from './outbox-kinds.ts'
import { idOf, type OutboxRow } from './outbox-row.ts'
import type { OutboxTable } from './outbox-table.ts'

export interface SealedDeliveryOptions {
  readonly database: DatabaseSync
  readonly table: OutboxTable
  readonly time: SteadyTime
}

export interface Epoch {
  readonly epoch: string
  /** Number of the last entry that has one. */
  readonly sealed: number
  /** Number of the last entry that the hub has. */
  readonly delivered: number
  /** Running hash behind that. */
  readonly head: string
  readonly halted: string | null
}

const statements = {
  epoch: 'SELECT * FROM outbox_epoch WHERE id = 1',
  make: 'INSERT OR IGNORE INTO outbox_epoch (id, epoch, sealed, delivered, head, seen_at) VALUES (1, ?, 0, 0, ?, ?)',
  begin: 'UPDATE outbox_epoch SET epoch = ?, sealed = 0, delivered = 0, head = ?, halted = NULL',
  halt: 'UPDATE outbox_epoch SET halted = ?',
  advance: 'UPDATE outbox_epoch SET delivered = ?, head = ?, seen_at = ?',
  count: 'UPDATE outbox_epoch SET sealed = ?, seen_at = ?',
  underWay: 'SELECT * FROM outbox WHERE sequence IS NOT NULL ORDER BY sequence',
  due: `SELECT * FROM outbox WHERE state = 'queued' AND kind = ? AND due_at <= ? ORDER BY priority DESC, position LIMIT ?`,
  before: `SELECT position FROM outbox WHERE ordering_key = ? AND finished_at IS NULL AND position < ?
    ORDER BY position DESC LIMIT 1`,
  seal: `UPDATE outbox SET state = 'in_progress', sequence = ?, attempts = attempts + 1 WHERE position = ?`,
  unseal: `UPDATE outbox SET state = 'queued', sequence = NULL WHERE sequence IS NOT NULL`,
} as const

/** The numbers under which entries are handed over. Every method runs within an open transaction. */
export class SealedDelivery {
  readonly #options: SealedDeliveryOptions
  readonly #sql: Prepared<keyof typeof statements>

  constructor(options: SealedDeliveryOptions) {
    this.#options = options
    this.#sql = prepareLater(options.database, statements)
  }

  /** The first epoch is made with the database. */
  begin(): void {
    const epoch = newEpoch()
    this.#sql('make').run(epoch, chainStart(epoch), this.#options.time.now())
  }

  current(): Epoch {
    return this.#sql('epoch').get() as unknown as Epoch
  }

  seal({ kinds, limit, bytes }: { kinds: readonly OutboxKind[]; limit: number; bytes: number }): SealedBatch {
    const { epoch, delivered, head, halted } = this.current()
    const underWay = this.#underWay()
    const rows = underWay.length > 0 ? underWay : halted === null ? this.#number(kinds, limit, bytes) : []
    return { epoch, first: delivered + 1, head, entries: rows.map(sealedEntry) }
  }

  acknowledge({ epoch, sequence, head }: { epoch: string; sequence: number; head: string }): void {
    const own = this.current()
    const rows = this.#underWay().filter((row) => (row.sequence ?? 0) <= sequence)
    const reached = chainHead(own.head, { first: own.delivered + 1, entries: rows.map(sealedEntry) })
    if (epoch !== own.epoch || sequence !== own.delivered + rows.length || head !== reached) throw forked(own, sequence)
    for (const row of rows) this.#options.table.deliver(row)
    this.#sql('advance').run(sequence, head, this.#options.time.now())
  }

  halt(reason: string): void {
    this.#sql('halt').run(reason)
  }

  beginEpoch(): string {
    this.#sql('unseal').run()
    const epoch = newEpoch()
    this.#sql('begin').run(epoch, chainStart(epoch))
    return epoch
  }

  #underWay(): readonly OutboxRow[] {
    return this.#sql('underWay').all() as unknown as readonly OutboxRow[]
  }

  #number(kinds: readonly OutboxKind[], limit: number, bytes: number): readonly OutboxRow[] {
    const { table, time } = this.#options
    table.expire()
    const chosen = this.#choose(kinds, limit, bytes)
    if (chosen.length === 0) return chosen
    const { sealed } = this.current()
    for (const [index, { position }] of chosen.entries()) this.#sql('seal').run(sealed + index + 1, position)
    this.#sql('count').run(sealed + chosen.length, time.now())
    return chosen
  }

  /** What is due, by rank and priority. One that has to wait for another comes along only behind it. */
  #choose(kinds: readonly OutboxKind[], limit: number, mostBytes: number): readonly OutboxRow[] {
    const now = this.#options.time.now()
    const chosen: OutboxRow[] = []
    const positions = new Set<number>()
    let bytes = 0
    for (const kind of kinds.toSorted((a, b) => outboxKinds[b].rank - outboxKinds[a].rank)) {
      const rows = this.#sql('due').all(kind, now, limit - chosen.length) as unknown as readonly OutboxRow[]
      for (const row of rows) {
        if (chosen.length > 0 && bytes + row.bytes > mostBytes) return chosen
        if (!this.#isNext(row, positions)) continue
        chosen.push(row)
        positions.add(row.position)
        bytes += row.bytes
      }
    }
    return chosen
  }

  #isNext({ ordering_key: key, position }: OutboxRow, chosen: ReadonlySet<number>): boolean {
    if (key === null) return true
    const before = this.#sql('before').get(key, position)
    return before === undefined || chosen.has(Number(before.position))
  }
}

function sealedEntry(row: OutboxRow): SealedEntry {
  return { id: idOf(row), kind: row.kind, enqueuedAt: row.enqueued_at, body: row.body }
}

function newEpoch(): string {
  return randomBytes(16).toString('hex')
}

function forked({ epoch, delivered, sealed }: Epoch, sequence: number): EdgewiseError {
  const message = `The hub says it has entry ${sequence} of this edge; in epoch ${epoch} this edge had handed over ${delivered} and numbered ${sealed}, or their contents differ. The store was restored from a copy, or a second edge runs with the same key.`
  return new EdgewiseError('delivery-forked', message)
}
