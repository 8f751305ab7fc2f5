import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { SqliteAdapter, SqliteDialect, type SqliteStatement } from 'kysely'
import { storeError } from './store-error.ts'

/**
 * Kysely over `node:sqlite`. Migrations run in one transaction, transactions take the write lock at their start, and whatever fails
 * throws `store-failed` with the path of the file.
 */
export class NodeSqliteDialect extends SqliteDialect {
  constructor({ database, path }: { readonly database: DatabaseSync; readonly path: string }) {
    const prepareHere = (sql: string) => explained(path, () => prepare(database, sql, path))
    super({ database: { prepare: prepareHere, close: () => database.close() } })
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

/** SQLite's data definitions are transactional; Kysely does not count on it. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function prepare(database: DatabaseSync, sql: string, path: string): SqliteStatement {
  // A transaction that starts by reading fails, instead of waiting, when another process writes before it does.
  const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql)
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => explained(path, () => statement.all(...bound(parameters))),
    run: (parameters) => explained(path, () => statement.run(...bound(parameters))),
    iterate: (parameters) => explained(path, () => statement.iterate(...bound(parameters))),
  }
}

function explained<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (thrown) {
    throw storeError(path, thrown)
  }
}

function bound(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return value
    if (value instanceof Uint8Array) return value
    throw new TypeError(`SQLite cannot store a ${typeof value}`)
  })
}
