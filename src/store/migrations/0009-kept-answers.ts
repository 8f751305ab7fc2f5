import type { Kysely, Migration } from 'kysely'

/** Answers that their edges may not have got yet. */
export const keptAnswers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('kept_answers')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('caller', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('parts', 'text', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('expires_at', 'integer', (column) => column.notNull())
      .addUniqueConstraint('kept_answers_key', ['caller', 'key'])
      .execute()
    await db.schema.createIndex('kept_answers_expires_at').on('kept_answers').column('expires_at').execute()
  },
}
