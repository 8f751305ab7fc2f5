import type { Kysely, Migration } from 'kysely'

/** How models did on the owner's own tasks. */
export const evaluations: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('evaluations')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('variant', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addUniqueConstraint('evaluations_subject', ['model', 'variant', 'data'])
      .execute()
  },
}
