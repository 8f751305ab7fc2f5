import type pg from 'pg'
import { postgresError } from './postgres-place.ts'

/** Does everything in `act` or nothing; resolves when it is on the database's disk. Throws `store-failed`. */
export type InTransaction = <T>(act: (client: pg.PoolClient) => Promise<T>) => Promise<T>

export function postgresTransactions({
  pool,
  place,
}: {
  readonly pool: pg.Pool
  /** Names the database in errors. */
  readonly place: string
}): InTransaction {
  return async (act) => {
    let client: pg.PoolClient | undefined
    let isBroken = false
    try {
      client = await pool.connect()
      await client.query('BEGIN')
      const result = await act(client)
      await client.query('COMMIT')
      return result
    } catch (thrown) {
      isBroken = await wasLost(client)
      throw postgresError(place, thrown)
    } finally {
      client?.release(isBroken)
    }
  }
}

/** Undoes what the connection has begun; true when it cannot be used any more. */
async function wasLost(client: pg.PoolClient | undefined): Promise<boolean> {
  try {
    await client?.query('ROLLBACK')
    return false
  } catch {
    return true
  }
}
