import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { migrate } from '../../src/store/migrate.ts'
import { NodeSqliteDialect } from '../../src/store/node-sqlite-dialect.ts'
import type { Tables } from '../../src/store/tables.ts'

let made: Promise<Uint8Array> | undefined

/** The image of a store with all its tables and nothing in them, made once. */
export function emptyStore(): Promise<Uint8Array> {
  made ??= make()
  return made
}

async function make(): Promise<Uint8Array> {
  const path = ':memory:'
  using database = new DatabaseSync(path)
  await migrate(new Kysely<Tables>({ dialect: new NodeSqliteDialect({ database, path }) }), path)
  return database.serialize()
}
