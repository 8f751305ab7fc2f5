import type { Kysely, Selectable } from 'kysely'
import type { JoinedEdge, JoinedEdges } from './store.ts'
import type { Tables } from './tables.ts'

/** Joined edges in SQLite. */
export function createEdges({ db }: { readonly db: Kysely<Tables> }): JoinedEdges {
  return {
    async add({ id, name, publicKey, joinedAt }) {
      const values = { name, public_key: publicKey, joined_at: joinedAt, revoked_at: null }
      await db
        .insertInto('edges')
        .values({ id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute()
    },
    async find(id) {
      const row = await db.selectFrom('edges').selectAll().where('id', '=', id).executeTakeFirst()
      return row && joinedEdge(row)
    },
    async list() {
      const rows = await db.selectFrom('edges').selectAll().orderBy('sequence').execute()
      return rows.map(joinedEdge)
    },
    async revoke(id, at) {
      const revoking = db
        .updateTable('edges')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
      return (await revoking.executeTakeFirst()).numUpdatedRows > 0n
    },
    async touch(id, at) {
      await db.updateTable('edges').set({ last_seen_at: at }).where('id', '=', id).execute()
    },
  }
}

function joinedEdge(row: Selectable<Tables['edges']>): JoinedEdge {
  return {
    id: row.id,
    name: row.name,
    publicKey: row.public_key,
    joinedAt: row.joined_at,
    lastSeenAt: row.last_seen_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  }
}
