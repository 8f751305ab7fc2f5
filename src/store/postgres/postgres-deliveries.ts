import type pg from 'pg'
import type { DeliveryBook, DeliveryVerdict, ReceivedBatch } from '../deliveries/delivery-book.ts'
import { deliveredEpoch, type EpochRow, epochOver, storedDelivery } from '../deliveries/delivery-rows.ts'
import { forgetClosedBatches, forgetEpochs } from '../deliveries/forget-epochs.ts'
import { judgeBatch, type KnownEpoch } from '../deliveries/judge-batch.ts'
import { postgresTransactions } from './postgres-transaction.ts'

const statements = {
  /** One edge's batches come one after the other, at however many hubs; the lock goes with the transaction. */
  lock: "SELECT pg_advisory_xact_lock(hashtextextended('edgewise deliveries ' || $1, 0))",
  epoch: 'SELECT epoch, sequence, head, closed FROM delivery_epochs WHERE edge = $1 AND epoch = $2',
  headThere: 'SELECT head FROM delivery_batches WHERE edge = $1 AND epoch = $2 AND sequence = $3',
  closeOthers: `UPDATE delivery_epochs SET closed = $1 WHERE edge = $2 AND epoch != $3 AND closed IS NULL RETURNING epoch`,
  close: 'UPDATE delivery_epochs SET closed = $1 WHERE edge = $2 AND epoch = $3 AND closed IS NULL',
  begin: `INSERT INTO delivery_epochs (edge, epoch, sequence, head, started_at, updated_at) VALUES ($1, $2, 0, $3, $4, $4)`,
  insert: `
    INSERT INTO deliveries (edge, entry, kind, epoch, sequence, body, enqueued_at, received_at)
    SELECT $1, entry.id, entry.kind, $2, $3::bigint + entry.index - 1, entry.body, entry.at, $8
    FROM unnest($4::text[], $5::text[], $6::text[], $7::bigint[]) WITH ORDINALITY AS entry (id, kind, body, at, index)
    ORDER BY entry.index ON CONFLICT (edge, entry) DO NOTHING`,
  advance: 'UPDATE delivery_epochs SET sequence = $1, head = $2, updated_at = $3 WHERE edge = $4 AND epoch = $5',
  batch: 'INSERT INTO delivery_batches (edge, epoch, sequence, head, received_at) VALUES ($1, $2, $3, $4, $5)',
  since: 'SELECT * FROM deliveries WHERE position > $1 ORDER BY position LIMIT $2',
  latest: 'SELECT * FROM deliveries WHERE edge = $1 AND kind = $2 ORDER BY position DESC LIMIT $3',
  epochs: 'SELECT * FROM delivery_epochs WHERE edge = $1 ORDER BY started_at, epoch',
  forget: `DELETE FROM deliveries WHERE position IN
    (SELECT position FROM deliveries WHERE received_at < $1 ORDER BY received_at LIMIT $2)`,
  forgetBatches: forgetClosedBatches('$1', '$2'),
  forgetEpochs: forgetEpochs('$1', '$2'),
} as const

/** Deliveries in PostgreSQL. Several hubs may take them in at the same time. */
export function createPostgresDeliveries(options: { readonly pool: pg.Pool; readonly place: string }): DeliveryBook {
  const inTransaction = postgresTransactions(options)
  const rows = (statement: keyof typeof statements, values: readonly unknown[]) =>
    inTransaction(async (client) => {
      const { rows } = await client.query<Record<string, unknown>>(statements[statement], [...values])
      return rows
    })
  return {
    accept: (batch, now) => inTransaction((client) => accept(client, batch, now)),
    since: async (after, limit) => (await rows('since', [after, limit])).map(storedDelivery),
    latest: async ({ edge, kind }, limit) => (await rows('latest', [edge, kind, limit])).map(storedDelivery),
    epochs: async (edge) => ((await rows('epochs', [edge])) as unknown as readonly EpochRow[]).map(deliveredEpoch),
    forget: (before, limit) =>
      inTransaction(async (client) => {
        let forgotten = 0
        for (const name of ['forget', 'forgetBatches', 'forgetEpochs'] as const) {
          forgotten += (await client.query(statements[name], [before, limit])).rowCount ?? 0
        }
        return forgotten
      }),
  }
}

async function accept(client: pg.PoolClient, batch: ReceivedBatch, now: number): Promise<DeliveryVerdict> {
  const { edge, epoch, first, head, entries, headAfter } = batch
  const run = async (statement: keyof typeof statements, ...values: readonly unknown[]) =>
    (await client.query<Record<string, unknown>>(statements[statement], [...values])).rows[0]
  await run('lock', edge)
  const last = first + entries.length - 1
  const own = (await run('epoch', edge, epoch)) as KnownEpoch | undefined
  const there = last === own?.sequence ? own : await run('headThere', edge, epoch, last)
  const verdict = judgeBatch({ batch, own, headThere: there === undefined ? undefined : String(there.head) })
  if (typeof verdict === 'object') {
    if (verdict.verdict === 'forked') await run('close', verdict.because, edge, epoch)
    return verdict
  }
  let closed: unknown
  if (verdict === 'begin') {
    closed = (await run('closeOthers', epochOver, edge, epoch))?.epoch
    await run('begin', edge, epoch, head, now)
  }
  if (entries.length > 0) {
    const columns = [
      entries.map(({ id }) => id),
      entries.map(({ kind }) => kind),
      entries.map(({ body }) => body),
      entries.map(({ enqueuedAt }) => enqueuedAt),
    ]
    await run('insert', edge, epoch, first, ...columns, now)
    await run('advance', last, headAfter, now, edge, epoch)
    await run('batch', edge, epoch, last, headAfter, now)
  }
  const closedEpoch = closed === undefined ? {} : { closedEpoch: String(closed) }
  return { verdict: 'taken', durableUpTo: last, head: headAfter, ...closedEpoch }
}
