import { chmodSync, closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../spec/ports.ts'
import { systemClock } from '../spec/system-clock.ts'
import { checkWhole } from './check-whole.ts'
import { openStore } from './open-store.ts'
import { resultCode, storeError } from './store-error.ts'
import { syncFolder } from './sync-folder.ts'

export interface RestoreStoreOptions {
  /** The store to replace; no program may run on it. */
  readonly path: string
  /** The file that `backupStore` wrote. */
  readonly from: string
  readonly clock?: Clock
}

export interface RestoredStore {
  /** Where the store that was there before is now; absent: there was none. */
  readonly before?: string
  /** The new epoch of its deliveries. */
  readonly epoch: string
}

const busy = 5

/**
 * Puts a backup in the place of a store, which is kept beside it. Its deliveries begin a new epoch: what was handed over since the backup is known to the hub
 * and never taken in twice. Throws `store-failed`, with everything as it was, for a file that is not whole and while a program runs on the store.
 */
export async function restoreStore({ path, from, clock = systemClock }: RestoreStoreOptions): Promise<RestoredStore> {
  checkWhole(from)
  const draft = `${path}.restoring`
  const remove = () => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(draft + suffix, { force: true })
  }
  try {
    remove()
    copyFileSync(from, draft)
    chmodSync(draft, 0o600)
    const epoch = await beginEpoch(draft, clock)
    sync(draft)
    if (!existsSync(path)) {
      renameSync(draft, path)
      syncFolder(dirname(path))
      return { epoch }
    }
    const before = `${path}.before-restore-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')}`
    replace({ path, draft, before })
    return { before, epoch }
  } catch (thrown) {
    throw storeError(path, thrown)
  } finally {
    remove()
  }
}

async function beginEpoch(path: string, clock: Clock): Promise<string> {
  await using store = await openStore({ path, clock })
  return await store.outbox.delivery.beginEpoch()
}

/** While this holds the old file for itself, whoever starts waits, and then sees that the file under its name is another one. */
function replace({ path, draft, before }: Readonly<Record<'path' | 'draft' | 'before', string>>): void {
  const old = holdAlone(path)
  try {
    renameSync(path, before)
    // Left over only where the old file is too damaged to be held.
    if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${before}-wal`)
    rmSync(`${path}-shm`, { force: true })
    renameSync(draft, path)
    syncFolder(dirname(path))
  } finally {
    old?.close()
  }
}

/** Throws `store-failed` when a program has the store open. A damaged one cannot be held, and nobody can use it either. */
function holdAlone(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    // Without a log beside it, which the last connection to close would delete by a name that is then the new store's. Fails while another is open.
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    return database
  } catch (thrown) {
    database?.close()
    if (resultCode(thrown) === busy) throw storeError(path, thrown)
    return undefined
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
