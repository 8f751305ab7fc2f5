import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Random } from '../../spec/ports.ts'
import type { GroupCommit } from '../group-commit.ts'
import { SteadyTime } from '../steady-time.ts'
import type { DeliveryQueue, Outbox, OutboxKind, OutboxLimits, OutboxStatus, OutboxWrites } from './outbox.ts'
import { OutboxLeases } from './outbox-leases.ts'
import { OutboxRoom } from './outbox-room.ts'
import { entryOf, type OutboxRow } from './outbox-row.ts'
import { OutboxTable } from './outbox-table.ts'
import { SealedDelivery } from './sealed-delivery.ts'

export interface SqliteOutboxOptions {
  readonly database: DatabaseSync
  readonly commits: GroupCommit
  readonly clock: Clock
  readonly random: Random
  readonly limits: OutboxLimits
}

/** The outbox with what else the store needs of it. */
export interface SqliteOutbox extends Outbox {
  /** The moments that it goes by. */
  readonly time: SteadyTime
  /** The same writes, within a transaction that is open already. */
  readonly writes: OutboxWrites
  /** Forgets up to `limit` entries that were finished before this moment; gives how many. */
  forgetFinished(before: number, limit: number): Promise<number>
  /** Forgets up to `limit` of the finished entries beyond the newest `keep`; gives how many. */
  forgetBeyond(keep: number, limit: number): Promise<number>
}

const unfortunate = `SELECT * FROM outbox WHERE finished_at IS NOT NULL AND state != 'delivered'
  ORDER BY finished_at DESC, position DESC LIMIT ?`
const forgetFinished = `DELETE FROM outbox WHERE position IN
  (SELECT position FROM outbox WHERE finished_at < ? ORDER BY finished_at LIMIT ?)`
const forgetBeyond = `DELETE FROM outbox WHERE position IN
  (SELECT position FROM outbox WHERE finished_at IS NOT NULL ORDER BY finished_at, position
    LIMIT min(?, max(0, (SELECT count(*) FROM outbox WHERE finished_at IS NOT NULL) - ?)))`

/** The outbox in SQLite; whatever comes in one turn of the event loop shares one wait for the disk. Throws what SQLite throws. */
export function createSqliteOutbox({ database, commits, clock, random, limits }: SqliteOutboxOptions): SqliteOutbox {
  const time = new SteadyTime({ clock, notBefore: lastSeen(database) })
  const room = new OutboxRoom({ database, limits, clock })
  const table = new OutboxTable({ database, room, time, random })
  const leases = new OutboxLeases({ database, table, time })
  const sealed = new SealedDelivery({ database, table, time })
  sealed.begin()
  commits.onStart(() => room.begin())
  commits.onUndone((what) => room.undo(what))
  commits.onCommit(() => room.begin())
  return {
    time,
    writes: table,
    enqueue: (entry) => commits.write(() => table.enqueue(entry)),
    find: (id) => commits.read(() => table.find(id)),
    complete: (leased) => commits.write(() => table.complete(leased)),
    retry: (leased, why) => commits.write(() => table.retry(leased, why)),
    fail: (leased, reason) => commits.write(() => table.fail(leased, reason)),
    extend: (leased, leaseMs) => commits.write(() => table.extend(leased, leaseMs)),
    cancel: (id, reason) => commits.write(() => table.cancel(id, reason)),
    lease: (wish) => commits.write(() => leases.take(wish)),
    recover: () => commits.write(() => leases.recover()),
    hasten: (kinds) => hasten({ commits, table, room }, kinds),
    expire: () => commits.write(() => table.expire()),
    async findByKey(key) {
      const row = await commits.read(() => table.findByKey(key))
      return row && entryOf(row)
    },
    async unfortunate(limit) {
      const rows = await commits.read(() => database.prepare(unfortunate).all(limit))
      return (rows as unknown as readonly OutboxRow[]).map(entryOf)
    },
    delivery: deliveryQueue(commits, sealed),
    status: () => statusOf({ table, room, sealed, limits }),
    onEnqueue: (listener) => listenTo(commits, table, listener),
    forgetFinished: (before, limit) =>
      commits.write(() => Number(database.prepare(forgetFinished).run(before, limit).changes)),
    forgetBeyond: (keep, limit) => commits.write(() => Number(database.prepare(forgetBeyond).run(limit, keep).changes)),
  }
}

/** So many at a time that nobody waits for it: some milliseconds of work. */
const hastenedAtATime = 500

/** No more than wait when it begins: one that fails again meanwhile has a new reason to wait. */
async function hasten(
  { commits, table, room }: { readonly commits: GroupCommit; readonly table: OutboxTable; readonly room: OutboxRoom },
  kinds: readonly OutboxKind[],
): Promise<number> {
  let hastened = 0
  for (const kind of kinds) {
    for (let left = room.held()[kind].rows; left > 0; left -= hastenedAtATime) {
      const changes = await commits.write(() => table.hasten(kind, hastenedAtATime))
      hastened += changes
      if (changes < hastenedAtATime) break
    }
  }
  return hastened
}

function deliveryQueue(commits: GroupCommit, sealed: SealedDelivery): DeliveryQueue {
  return {
    seal: (options) => commits.write(() => sealed.seal(options)),
    acknowledge: (received) => commits.write(() => sealed.acknowledge(received)),
    halt: (reason) => commits.write(() => sealed.halt(reason)),
    beginEpoch: () => commits.write(() => sealed.beginEpoch()),
    epoch: () =>
      commits.read(() => {
        const { epoch, delivered, halted } = sealed.current()
        return { epoch, delivered, halted: halted ?? undefined }
      }),
  }
}

interface StatusParts {
  readonly table: OutboxTable
  readonly room: OutboxRoom
  readonly sealed: SealedDelivery
  readonly limits: OutboxLimits
}

function statusOf({ table, room, sealed, limits }: StatusParts): OutboxStatus {
  const waiting = structuredClone(room.held())
  const { delivered, failed } = table.counts
  return { limits, waiting, delivered, failed, refused: room.refused, halted: sealed.current().halted ?? undefined }
}

function listenTo(commits: GroupCommit, table: OutboxTable, listener: () => void): () => void {
  let heard = table.counts.enqueued
  return commits.onCommit(() => {
    if (table.counts.enqueued === heard) return
    heard = table.counts.enqueued
    listener()
  })
}

/** The latest moment that the outbox knows of. */
function lastSeen(database: DatabaseSync): number {
  const row = database
    .prepare(
      `SELECT max(coalesce((SELECT seen_at FROM outbox_epoch), 0),
        coalesce((SELECT enqueued_at FROM outbox ORDER BY position DESC LIMIT 1), 0)) AS at`,
    )
    .get()
  return Number(row?.at ?? 0)
}
