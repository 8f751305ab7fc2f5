import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../spec/errors.ts'
import { checkWhole } from './check-whole.ts'
import { storeError } from './store-error.ts'
import { syncFolder } from './sync-folder.ts'

export interface BackupStoreOptions {
  /** The store; a program may run on it. */
  readonly path: string
  /** The new file. */
  readonly to: string
}

/** Copies a store as it is at one moment into a new file (0600), on disk and checked when this resolves. Gives its bytes. Throws `store-failed`. */
export async function backupStore({ path, to }: BackupStoreOptions): Promise<{ readonly bytes: number }> {
  if (!existsSync(path))
    throw new EdgewiseError('store-failed', `There is no store at ${path}. Name its folder with --state.`)
  if (existsSync(to))
    throw new EdgewiseError('store-failed', `${to} exists already. Choose another name, or delete it.`)
  const draft = `${resolve(to)}.part`
  try {
    rmSync(draft, { force: true })
    closeSync(openSync(draft, 'wx', 0o600))
    await copy(path, draft)
    checkWhole(draft)
    chmodSync(draft, 0o600)
    sync(draft)
    // Unlike a rename, a link never replaces a file.
    linkSync(draft, to)
    syncFolder(dirname(draft))
    return { bytes: statSync(to).size }
  } catch (thrown) {
    throw storeError(to, thrown)
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(draft + suffix, { force: true })
  }
}

/** In one step: writers go on meanwhile, and none of what they write is in it. */
async function copy(path: string, draft: string): Promise<void> {
  const database = new DatabaseSync(path, { timeout: 5000 })
  try {
    await backup(database, draft, { rate: 2 ** 30 })
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
