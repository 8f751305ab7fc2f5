import type { Kysely, Migration } from 'kysely'

/** What the callers of a hub have spent, by day, and what is set aside for answers under way. */
export const spending: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('spending')
      .addColumn('caller', 'text', (column) => column.notNull())
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('micros', 'integer', (column) => column.notNull())
      .addColumn('requests', 'integer', (column) => column.notNull())
      .addColumn('prompt_tokens', 'integer', (column) => column.notNull())
      .addColumn('completion_tokens', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('spending_key', ['caller', 'day'])
      .execute()
    await db.schema
      .createTable('reservations')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('caller', 'text', (column) => column.notNull())
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('micros', 'integer', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('reservations_caller').on('reservations').columns(['caller', 'day']).execute()
  },
}
