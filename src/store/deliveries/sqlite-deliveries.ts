import type { DatabaseSync } from 'node:sqlite'
import type { GroupCommit } from '../group-commit.ts'
import { type Prepared, prepareLater } from '../prepare-later.ts'
import type { DeliveryBook, DeliveryVerdict, ReceivedBatch } from './delivery-book.ts'
import { deliveredEpoch, type EpochRow, epochOver, storedDelivery } from './delivery-rows.ts'
import { forgetClosedBatches, forgetEpochs } from './forget-epochs.ts'
import { judgeBatch, type KnownEpoch } from './judge-batch.ts'

export interface SqliteDeliveriesOptions {
  readonly database: DatabaseSync
  readonly commits: GroupCommit
}

const statements = {
  epoch: 'SELECT epoch, sequence, head, closed FROM delivery_epochs WHERE edge = ? AND epoch = ?',
  headThere: 'SELECT head FROM delivery_batches WHERE edge = ? AND epoch = ? AND sequence = ?',
  closeOthers: `UPDATE delivery_epochs SET closed = ? WHERE edge = ? AND epoch != ? AND closed IS NULL RETURNING epoch`,
  close: 'UPDATE delivery_epochs SET closed = ? WHERE edge = ? AND epoch = ? AND closed IS NULL',
  begin: `INSERT INTO delivery_epochs (edge, epoch, sequence, head, started_at, updated_at) VALUES (?, ?, 0, ?, ?, ?)`,
  insert: `INSERT INTO deliveries (edge, entry, kind, epoch, sequence, body, enqueued_at, received_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (edge, entry) DO NOTHING`,
  advance: 'UPDATE delivery_epochs SET sequence = ?, head = ?, updated_at = ? WHERE edge = ? AND epoch = ?',
  batch: 'INSERT INTO delivery_batches (edge, epoch, sequence, head, received_at) VALUES (?, ?, ?, ?, ?)',
  since: 'SELECT * FROM deliveries WHERE position > ? ORDER BY position LIMIT ?',
  latest: 'SELECT * FROM deliveries WHERE edge = ? AND kind = ? ORDER BY position DESC LIMIT ?',
  epochs: 'SELECT * FROM delivery_epochs WHERE edge = ? ORDER BY started_at, epoch',
  forget: `DELETE FROM deliveries WHERE position IN
    (SELECT position FROM deliveries WHERE received_at < ? ORDER BY received_at LIMIT ?)`,
  forgetBatches: forgetClosedBatches('?', '?'),
  forgetEpochs: forgetEpochs('?', '?'),
} as const

/** Deliveries in SQLite; batches that come in one turn of the event loop share one wait for the disk. */
export function createSqliteDeliveries({ database, commits }: SqliteDeliveriesOptions): DeliveryBook {
  const sql = prepareLater(database, statements)
  return {
    accept: (batch, now) => commits.write(() => accept(sql, batch, now)),
    since: (after, limit) => commits.read(() => sql('since').all(after, limit).map(storedDelivery)),
    latest: ({ edge, kind }, limit) => commits.read(() => sql('latest').all(edge, kind, limit).map(storedDelivery)),
    epochs: (edge) =>
      commits.read(() => (sql('epochs').all(edge) as unknown as readonly EpochRow[]).map(deliveredEpoch)),
    forget: (before, limit) =>
      commits.write(() => {
        const forgotten = (['forget', 'forgetBatches', 'forgetEpochs'] as const).map((name) =>
          sql(name).run(before, limit),
        )
        return forgotten.reduce((sum, { changes }) => sum + Number(changes), 0)
      }),
  }
}

function accept(sql: Prepared<keyof typeof statements>, batch: ReceivedBatch, now: number): DeliveryVerdict {
  const { edge, epoch, first, head, entries, headAfter } = batch
  const last = first + entries.length - 1
  const own = sql('epoch').get(edge, epoch) as KnownEpoch | undefined
  const there = last === own?.sequence ? own : sql('headThere').get(edge, epoch, last)
  const verdict = judgeBatch({ batch, own, headThere: there === undefined ? undefined : String(there.head) })
  if (typeof verdict === 'object') {
    if (verdict.verdict === 'forked') sql('close').run(verdict.because, edge, epoch)
    return verdict
  }
  let closed: unknown
  if (verdict === 'begin') {
    closed = sql('closeOthers').get(epochOver, edge, epoch)?.epoch
    sql('begin').run(edge, epoch, head, now, now)
  }
  for (const [index, { id, kind, enqueuedAt, body }] of entries.entries()) {
    sql('insert').run(edge, id, kind, epoch, first + index, body, enqueuedAt, now)
  }
  if (entries.length > 0) {
    sql('advance').run(last, headAfter, now, edge, epoch)
    sql('batch').run(edge, epoch, last, headAfter, now)
  }
  const closedEpoch = closed === undefined ? {} : { closedEpoch: String(closed) }
  return { verdict: 'taken', durableUpTo: last, head: headAfter, ...closedEpoch }
}
