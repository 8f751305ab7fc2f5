import type { Kysely, Migration } from 'kysely'

/** What the guard remembers of conversations: pseudonyms and pins, encrypted. */
export const guardedConversations: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('guarded_conversations')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('sealed', 'blob', (column) => column.notNull())
      .addColumn('expires_at', 'integer', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('guarded_conversations_expires_at')
      .on('guarded_conversations')
      .column('expires_at')
      .execute()
  },
}
