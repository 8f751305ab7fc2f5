import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type { EdgewiseError } from '../../spec/errors.ts'
import { postgresError } from './postgres-place.ts'

export interface PostgresPoolOptions {
  readonly url: string
  /** Names the database in errors. */
  readonly place: string
  readonly onError: (error: EdgewiseError) => void
}

const connectTimeoutMs = 10_000
const statementTimeoutMs = 30_000
const mostConnections = 10
const int8 = 20
const numeric = 1700

/** A pool of connections whose commits are on disk when they return, whatever the database's default is. */
export function createPostgresPool({ url, place, onError }: PostgresPoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'edgewise-hub',
    max: mostConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    keepAlive: true,
    options: '-c synchronous_commit=on -c default_transaction_isolation=read\\ committed',
    types: { getTypeParser },
  })
  // An idle connection that breaks; the pool makes a new one when it is needed.
  pool.on('error', (error) => onError(postgresError(place, error)))
  // One that breaks in use: whoever uses it is told by its query.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** The pool as Kysely takes it; what fails throws `store-failed`. */
export function explainedPool(pool: pg.Pool, place: string): PostgresPool {
  const explained = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (thrown) {
      throw postgresError(place, thrown)
    }
  }
  const wrap = (client: pg.PoolClient) => {
    // Kysely's other signature is for cursors, which nothing here reads.
    const query = (sql: string, parameters: readonly unknown[]) => explained(() => client.query(sql, [...parameters]))
    return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() }
  }
  return { connect: async () => wrap(await explained(() => pool.connect())), end: () => pool.end() }
}

/** Numbers of 64 bits are numbers of JavaScript here, as they are with SQLite: moments, millionths of money and counts fit. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary' && (oid === int8 || oid === numeric)) return exactNumber
  return pg.types.getTypeParser(oid, format as 'text')
}

function exactNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('PostgreSQL gave a number of more than 53 bits')
  return value
}
