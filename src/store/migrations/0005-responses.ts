import type { Kysely, Migration } from 'kysely'

/** Responses that may be continued, with the text of their conversations. */
export const responses: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('responses')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('conversation', 'text', (column) => column.notNull())
      .addColumn('previous_id', 'text')
      .addColumn('used_at', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('input', 'text', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('responses_used_at').on('responses').column('used_at').execute()
  },
}
