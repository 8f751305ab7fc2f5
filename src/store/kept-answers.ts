import type { Kysely } from 'kysely'
import type { StreamPart } from '../spec/stream-part.ts'
import type { KeptAnswerBook } from './store.ts'
import type { Tables } from './tables.ts'

/** Kept answers in SQL. */
export function createKeptAnswers({ db }: { readonly db: Kysely<Tables> }): KeptAnswerBook {
  async function bytesOf(caller: string): Promise<number> {
    const { bytes } = await db
      .selectFrom('kept_answers')
      .where('caller', '=', caller)
      .select(({ fn }) => fn.sum<number | null>('bytes').as('bytes'))
      .executeTakeFirstOrThrow()
    return Number(bytes ?? 0)
  }

  async function oldestOf(caller: string) {
    return await db
      .selectFrom('kept_answers')
      .where('caller', '=', caller)
      .select(['sequence', 'bytes'])
      .orderBy('sequence')
      .limit(1)
      .executeTakeFirst()
  }

  return {
    async save({ caller, key, digest, parts, expiresAt }, { now, mostBytes }) {
      const text = JSON.stringify(parts)
      const bytes = Buffer.byteLength(text)
      if (bytes > mostBytes) return false
      await db.deleteFrom('kept_answers').where('expires_at', '<=', now).execute()
      for (let held = await bytesOf(caller); held + bytes > mostBytes; ) {
        const oldest = await oldestOf(caller)
        if (oldest === undefined) break
        await db.deleteFrom('kept_answers').where('sequence', '=', oldest.sequence).execute()
        held -= oldest.bytes
      }
      const values = { digest, parts: text, bytes, expires_at: expiresAt }
      await db
        .insertInto('kept_answers')
        .values({ caller, key, ...values })
        .onConflict((conflict) => conflict.columns(['caller', 'key']).doUpdateSet(values))
        .execute()
      return true
    },
    async find(caller, key, now) {
      const row = await db
        .selectFrom('kept_answers')
        .select(['digest', 'parts'])
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && { digest: row.digest, parts: JSON.parse(row.parts) as readonly StreamPart[] }
    },
    async forget(now, limit) {
      const expired = db.selectFrom('kept_answers').where('expires_at', '<=', now).select('sequence')
      const some = expired.orderBy('expires_at').limit(limit)
      const { numDeletedRows } = await db.deleteFrom('kept_answers').where('sequence', 'in', some).executeTakeFirst()
      return Number(numDeletedRows)
    },
    async remove(caller, key) {
      const removing = db.deleteFrom('kept_answers').where('caller', '=', caller).where('key', '=', key)
      return (await removing.executeTakeFirst()).numDeletedRows > 0n
    },
    async removeAll(caller) {
      const { numDeletedRows } = await db.deleteFrom('kept_answers').where('caller', '=', caller).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
