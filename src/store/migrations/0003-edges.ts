import type { Kysely, Migration } from 'kysely'

/** Edges that joined, and digests of the tokens with which they may. */
export const edges: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('edges')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('joined_at', 'integer', (column) => column.notNull())
      .addColumn('last_seen_at', 'integer')
      .addColumn('revoked_at', 'integer')
      .execute()
    await db.schema
      .createTable('join_tokens')
      .addColumn('digest', 'text', (column) => column.primaryKey())
      .addColumn('expires_at', 'integer', (column) => column.notNull())
      .addColumn('taken_at', 'integer')
      .execute()
  },
}
