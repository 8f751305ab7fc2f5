import type { Kysely, Migration } from 'kysely'

/** What became of each request. */
export const decisions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('decisions')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('request_id', 'text', (column) => column.notNull().unique())
      .addColumn('saved_at', 'integer', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('decisions_saved_at').on('decisions').column('saved_at').execute()
  },
}
