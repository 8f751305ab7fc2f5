import type pg from 'pg'
import type { EdgewiseError } from '../../spec/errors.ts'
import { postgresError } from './postgres-place.ts'

export interface RunLocksOptions {
  readonly pool: pg.Pool
  readonly place: string
  readonly onError: (error: EdgewiseError) => void
}

const keyOf = "hashtextextended('edgewise run ' || $1, 0)"

/**
 * Tells the runs of hubs that live from those that crashed. A live one holds a lock of the database on a connection of its own, and a
 * lock goes with its connection. While a run is without its
 * connection, another that starts may book its reservations in full; the next reservation takes the lock anew.
 */
export class RunLocks implements AsyncDisposable {
  readonly #options: RunLocksOptions
  readonly #givenBack = new WeakSet<pg.PoolClient>()
  #own: Promise<pg.PoolClient> | undefined

  constructor(options: RunLocksOptions) {
    this.#options = options
  }

  /** Marks `run` as alive, at no cost where it is already. Throws `store-failed`. */
  hold(run: string): Promise<pg.PoolClient> {
    this.#own ??= this.#lock(run).catch((thrown) => {
      this.#own = undefined
      throw postgresError(this.#options.place, thrown)
    })
    return this.#own
  }

  /** Marks `run` as alive, and gives the other runs with open reservations that are not. Throws `store-failed`. */
  async takeOverFrom(run: string): Promise<readonly string[]> {
    const { pool, place } = this.#options
    try {
      const client = await this.hold(run)
      const { rows } = await pool.query<{ run: string }>('SELECT DISTINCT run FROM reservations WHERE run != $1', [run])
      const dead: string[] = []
      for (const { run: other } of rows) if (await isFree(client, other)) dead.push(other)
      return dead
    } catch (thrown) {
      throw postgresError(place, thrown)
    }
  }

  async #lock(run: string): Promise<pg.PoolClient> {
    const { pool, place, onError } = this.#options
    const client = await pool.connect()
    client.once('error', (error) => {
      this.#own = undefined
      this.#giveBack(client, true)
      onError(postgresError(place, error))
    })
    await client.query(`SELECT pg_advisory_lock_shared(${keyOf})`, [run])
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = await this.#own?.catch(() => undefined)
    this.#own = undefined
    await client?.query('SELECT pg_advisory_unlock_all()').catch(() => undefined)
    if (client !== undefined) this.#giveBack(client, false)
  }

  /** Once only: a connection that breaks may tell of it after it was given back. */
  #giveBack(client: pg.PoolClient, isBroken: boolean): void {
    if (this.#givenBack.has(client)) return
    this.#givenBack.add(client)
    client.release(isBroken)
  }
}

async function isFree(client: pg.PoolClient, run: string): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>(`SELECT pg_try_advisory_lock(${keyOf}) AS free`, [run])
  if (rows[0]?.free !== true) return false
  await client.query(`SELECT pg_advisory_unlock(${keyOf})`, [run])
  return true
}
