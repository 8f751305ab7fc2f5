import type { Kysely } from 'kysely'
import type { Clock } from '../spec/ports.ts'
import type { KeyRing } from './store.ts'
import type { Tables } from './tables.ts'

/** API keys in SQLite, as digests. */
export function createKeys({ db, clock }: { readonly db: Kysely<Tables>; readonly clock: Clock }): KeyRing {
  return {
    async add({ id, name, digest }) {
      await db.insertInto('keys').values({ id, name, digest, created_at: clock.now() }).execute()
    },
    async findByDigest(digest) {
      const row = await db.selectFrom('keys').selectAll().where('digest', '=', digest).executeTakeFirst()
      return row && { id: row.id, name: row.name, digest: row.digest, createdAt: row.created_at }
    },
  }
}
