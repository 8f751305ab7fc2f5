import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { resultCode, storeError } from './store-error.ts'

/** What became of a damaged store. */
export interface QuarantineReport {
  /** Where the damaged file is now. */
  readonly movedTo: string
  /** What SQLite said about it. */
  readonly because: string
  /** Rows that could be read out of it, by table. */
  readonly rescued: Readonly<Record<string, number>>
  /** Tables of which some or all rows could not be read. */
  readonly damaged: readonly string[]
}

const corrupt = 11
const notADatabase = 26
const busy = 5
const mark = '.damaged-'

/** True for what SQLite says of a file that cannot be trusted. */
export function isDamage(thrown: unknown): boolean {
  const code = resultCode(thrown)
  return code === corrupt || code === notADatabase
}

/** Throws `store-failed` when any other connection to the file is open, be it idle. */
export function refuseInUse(path: string): void {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    // A connection holds its shared lock as long as it is open; this mode wants the file for itself.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK')
  } catch (thrown) {
    if (resultCode(thrown) === busy) throw storeError(path, thrown)
  } finally {
    database?.close()
  }
}

/** The name that a damaged store gets. */
export function quarantineName(path: string, now: number): string {
  return `${path}${mark}${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`
}

/** Damaged stores that were moved away and that nobody has removed since. */
export function quarantinedFiles(path: string): readonly string[] {
  const prefix = basename(path) + mark
  try {
    const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix) && !name.endsWith('-wal'))
    return names.toSorted().map((name) => join(dirname(path), name))
  } catch {
    return []
  }
}
