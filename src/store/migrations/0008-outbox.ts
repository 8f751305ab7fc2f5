import { type Kysely, type Migration, sql } from 'kysely'

/** What an edge will send later, and what a hub has received from its edges. */
export const outbox: Migration = {
  async up(db: Kysely<unknown>) {
    await makeOutbox(db)
    await makeDeliveries(db)
  },
}

async function makeOutbox(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox')
    // Not autoincremented: a number may come back only when all later ones are gone, and order is all that it says.
    .addColumn('position', 'integer', (column) => column.primaryKey())
    // With the position it makes the entry's id: one index less to write for each entry.
    .addColumn('nonce', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('priority', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('ordering_key', 'text')
    .addColumn('idempotency_key', 'text')
    .addColumn('digest', 'text')
    .addColumn('enqueued_at', 'bigint', (column) => column.notNull())
    .addColumn('deadline_at', 'bigint')
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('lease', 'text')
    .addColumn('leased_until', 'bigint')
    .addColumn('sequence', 'integer')
    .addColumn('finished_at', 'bigint')
    .addColumn('reason', 'text')
    .execute()
  // Partial indices: an entry pays only for those it needs.
  await sql`CREATE INDEX outbox_queued ON outbox (kind, priority DESC, position) WHERE state = 'queued'`.execute(db)
  await sql`CREATE INDEX outbox_due ON outbox (kind, due_at) WHERE state = 'queued'`.execute(db)
  await sql`CREATE INDEX outbox_held ON outbox (kind, bytes) WHERE finished_at IS NULL`.execute(db)
  await sql`CREATE INDEX outbox_leased ON outbox (leased_until) WHERE leased_until IS NOT NULL`.execute(db)
  await sql`CREATE INDEX outbox_sequence ON outbox (sequence) WHERE sequence IS NOT NULL`.execute(db)
  await sql`CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL`.execute(db)
  await sql`CREATE INDEX outbox_deadline ON outbox (deadline_at) WHERE deadline_at IS NOT NULL AND state = 'queued'`.execute(
    db,
  )
  await sql`CREATE INDEX outbox_order ON outbox (ordering_key, position)
    WHERE ordering_key IS NOT NULL AND finished_at IS NULL`.execute(db)
  await sql`CREATE UNIQUE INDEX outbox_key ON outbox (idempotency_key) WHERE idempotency_key IS NOT NULL`.execute(db)
  await db.schema
    .createTable('outbox_epoch')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('sealed', 'integer', (column) => column.notNull())
    .addColumn('delivered', 'integer', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('halted', 'text')
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute()
}

async function makeDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('deliveries')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('edge', 'text', (column) => column.notNull())
    .addColumn('entry', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('enqueued_at', 'bigint', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('deliveries_entry', ['edge', 'entry'])
    .execute()
  await db.schema.createIndex('deliveries_received').on('deliveries').column('received_at').execute()
  await db.schema
    .createTable('delivery_epochs')
    .addColumn('edge', 'text', (column) => column.notNull())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('closed', 'text')
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('delivery_epochs_key', ['edge', 'epoch'])
    .execute()
  await db.schema
    .createTable('delivery_batches')
    .addColumn('edge', 'text', (column) => column.notNull())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('delivery_batches_key', ['edge', 'epoch', 'sequence'])
    .execute()
}
