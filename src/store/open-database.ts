import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../spec/errors.ts'
import { storeError } from './store-error.ts'

/** Marks our files, so that another program's database is never migrated. "EdgW" in ASCII. */
export const applicationId = 0x45646757

/**
 * Opens or makes the SQLite file at `path` (0600, in a folder of 0700 if it has to be made), durable at every commit, and checks that
 * it is ours and whole. Throws `store-failed`.
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') makeFile(path)
    const file = fileAt(path)
    database = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true })
    // Counts only for a file that is empty still: what is deleted later can be given back piece by piece.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    claim(database, path)
    if (fileAt(path) !== file) throw replaced(path)
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

/** Tells one file from another under the same name. */
function fileAt(path: string): number | undefined {
  return path === ':memory:' ? undefined : statSync(path, { throwIfNoEntry: false })?.ino
}

function replaced(path: string): EdgewiseError {
  const message = `The store ${path} was replaced while it was being opened: a backup was restored. Start again.`
  return new EdgewiseError('store-failed', message)
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
  const cause = Object.assign(new Error(String(verdict)), { errcode: 11 })
  throw new EdgewiseError('store-failed', message, { cause })
}
