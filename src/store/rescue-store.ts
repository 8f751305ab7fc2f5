import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { migrate } from './migrate.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openDatabase } from './open-database.ts'
import { type QuarantineReport, quarantinedFiles, quarantineName, refuseInUse } from './quarantine.ts'
import { rescueRows } from './rescue-rows.ts'
import { storeError } from './store-error.ts'
import { syncFolder } from './sync-folder.ts'
import type { Tables } from './tables.ts'

export interface RescueStoreOptions {
  /** The damaged store. */
  readonly path: string
  readonly now: number
  /** What SQLite said about it. */
  readonly because: string
}

/** What is being written: worth nothing before it is whole. */
const draftOf = (path: string) => `${path}.rescuing`
/** Whole and on disk; from then on the damaged file may give up its name. */
const rescuedOf = (path: string) => `${path}.rescued`

/**
 * Puts a fresh store with what can be read of the damaged one in its place, and keeps that beside it. A power cut at any moment leaves either the damaged store
 * under its name, or a whole rescued one that `finishRescue` finds. Throws `store-failed` while another process has it open.
 */
export async function rescueStore({ path, now, because }: RescueStoreOptions): Promise<QuarantineReport> {
  refuseInUse(path)
  try {
    clearRescue(path)
    const saved = await copyInto(draftOf(path), path)
    sync(draftOf(path))
    renameSync(draftOf(path), rescuedOf(path))
    syncFolder(dirname(path))
    refuseInUse(path)
    const movedTo = quarantineName(path, now)
    // The log goes last: without it the damaged file, still under its name, might look whole.
    renameSync(path, movedTo)
    takePlace(path, movedTo)
    return { movedTo, because, ...saved }
  } catch (thrown) {
    throw storeError(path, thrown)
  }
}

/** Ends a rescue that was cut short after everything was saved: then there is no store under the name, and a rescued one beside it. What became of it. */
export function finishRescue(path: string): QuarantineReport | undefined {
  if (existsSync(path) || !existsSync(rescuedOf(path))) return undefined
  const movedTo = quarantinedFiles(path).at(-1)
  if (movedTo === undefined) return undefined
  try {
    const rescued = countRows(rescuedOf(path))
    takePlace(path, movedTo)
    return {
      movedTo,
      because: 'it was damaged, and the start that saved what it could was cut short',
      rescued,
      damaged: [],
    }
  } catch (thrown) {
    throw storeError(path, thrown)
  }
}

/** Removes what a rescue has left that was cut short. */
export function clearRescue(path: string): void {
  for (const file of [draftOf(path), rescuedOf(path)]) {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
  }
}

function takePlace(path: string, movedTo: string): void {
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${movedTo}-wal`)
  rmSync(`${path}-shm`, { force: true })
  syncFolder(dirname(path))
  renameSync(rescuedOf(path), path)
  syncFolder(dirname(path))
}

async function copyInto(draft: string, path: string): Promise<Pick<QuarantineReport, 'rescued' | 'damaged'>> {
  const into = openDatabase(draft)
  let from: DatabaseSync | undefined
  try {
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect({ database: into, path: draft }) })
    await migrate(db, draft)
    from = open(path)
    const saved = from === undefined ? { rescued: {}, damaged: ['all'] } : rescueRows(from, into)
    into.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE')
    return saved
  } finally {
    from?.close()
    into.close()
  }
}

function open(path: string): DatabaseSync | undefined {
  try {
    const database = new DatabaseSync(path, { defensive: false })
    // Otherwise a file that was cut short is refused as a whole, and nothing of it can be read.
    database.exec('PRAGMA writable_schema = ON')
    return database
  } catch {
    return undefined
  }
}

function countRows(path: string): Readonly<Record<string, number>> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    const own = tables.map(({ name }) => String(name)).filter((name) => !/^(sqlite|kysely)_/.test(name))
    const count = (table: string) => Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows)
    return Object.fromEntries(own.map((table) => [table, count(table)]))
  } finally {
    database.close()
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
