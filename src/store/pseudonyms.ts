import type { Kysely } from 'kysely'
import type { SealedConversations } from './store.ts'
import type { Tables } from './tables.ts'

/** What the guard remembers of conversations, in SQLite. This file sees sealed bytes only. */
export function createPseudonyms({ db }: { readonly db: Kysely<Tables> }): SealedConversations {
  return {
    async save({ id, sealed, expiresAt }) {
      const values = { sealed, expires_at: expiresAt }
      await db
        .insertInto('guarded_conversations')
        .values({ id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute()
    },
    async find(id, now) {
      const row = await db
        .selectFrom('guarded_conversations')
        .selectAll()
        .where('id', '=', id)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && { id: row.id, sealed: row.sealed, expiresAt: row.expires_at }
    },
    async forget(now) {
      await db.deleteFrom('guarded_conversations').where('expires_at', '<=', now).execute()
    },
  }
}
