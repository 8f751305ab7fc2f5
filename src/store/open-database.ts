import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../spec/errors.ts'
import { storeError } from './store-error.ts'

/** Marks our files, so that another program's database is never migrated. "EdgW" in ASCII. */
const applicationId = 0x45646757

/**
 * Opens or makes the SQLite file at `path` (0600, in a folder of 0700 if it has to be made), durable at every commit, and checks that
 * it is ours and whole. Throws `store-failed`.
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') makeFile(path)
    database = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true })
    claim(database, path)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    check(database, path)
    return database
  } catch (thrown) {
    database?.close()
    throw storeError(path, thrown)
  }
}

/** SQLite gives its -wal and -shm files the permissions of the database. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function claim(database: DatabaseSync, path: string): void {
  const marked = database.prepare('PRAGMA application_id').get()?.application_id
  if (marked === applicationId) return
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count
  if (marked !== 0 || tables !== 0) {
    const message = `The store ${path} is a database of another program. Choose another state folder, or move that file away.`
    throw new EdgewiseError('store-failed', message)
  }
  database.exec(`PRAGMA application_id = ${applicationId}`)
}

function check(database: DatabaseSync, path: string): void {
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (verdict === 'ok') return
  const message = `The store ${path} is damaged (${verdict}). Move it away and start again: Edgewise makes a new one (joined edges and keys in it are lost).`
  throw new EdgewiseError('store-failed', message)
}
