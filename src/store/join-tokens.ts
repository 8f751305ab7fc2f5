import type { Kysely } from 'kysely'
import type { JoinTokens } from './store.ts'
import type { Tables } from './tables.ts'

/** How long it is remembered that a token expired or was used, to say so instead of calling it unknown. */
const rememberMs = 7 * 86_400_000

/** One-time tokens in SQLite, as digests. */
export function createJoinTokens({ db }: { readonly db: Kysely<Tables> }): JoinTokens {
  return {
    async add({ digest, expiresAt }) {
      await db
        .deleteFrom('join_tokens')
        .where('expires_at', '<', expiresAt - rememberMs)
        .execute()
      await db.insertInto('join_tokens').values({ digest, expires_at: expiresAt, taken_at: null }).execute()
    },
    async take(digest, now) {
      const taking = db
        .updateTable('join_tokens')
        .set({ taken_at: now })
        .where('digest', '=', digest)
        .where('taken_at', 'is', null)
        .where('expires_at', '>', now)
      if ((await taking.executeTakeFirst()).numUpdatedRows > 0n) return 'taken'
      const row = await db.selectFrom('join_tokens').select('taken_at').where('digest', '=', digest).executeTakeFirst()
      if (row === undefined) return 'unknown'
      return row.taken_at === null ? 'expired' : 'used'
    },
  }
}
