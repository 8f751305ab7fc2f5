import { open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../../spec/errors.ts'

const form = /^\d{12}\.ledger$/

/** Path of the file that begins with this entry. */
export function ledgerFile(folder: string, firstEntry: number): string {
  return join(folder, `${String(firstEntry).padStart(12, '0')}.ledger`)
}

/** Paths of the files of a ledger in the order of their entries; none where the folder is missing. */
export async function ledgerFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names
    .filter((name) => form.test(name))
    .sort()
    .map((name) => join(folder, name))
}

/** Bytes of all its files together. */
export async function ledgerBytes(folder: string): Promise<number> {
  const sizes = await Promise.all((await ledgerFiles(folder)).map(async (path) => (await stat(path)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The last checkpoint that was signed; undefined before the first. */
export async function lastCheckpoint(folder: string): Promise<string | undefined> {
  return readFile(join(folder, 'checkpoint'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** Puts a checkpoint in the place of the one before; after a power cut one of them is there, whole. */
export async function keepCheckpoint(folder: string, note: string): Promise<void> {
  await writeWhole(join(folder, 'checkpoint.new'), note)
  await rename(join(folder, 'checkpoint.new'), join(folder, 'checkpoint'))
}

/** Writes a file of 0600 that is on disk when this resolves. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(content)
  await file.datasync()
}

/** Makes what was created or renamed in the folder last. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; its renames are on disk by themselves.
  if (process.platform === 'win32') return
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/** Keeps every other writer out until it is disposed of, or this process ends in whatever way. Throws `ledger-failed` when there is one. */
export function lockLedger(folder: string): Disposable {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    const message = `Another process writes the ledger in ${folder}. Stop it, or give this program a state folder or a ledger.folder of its own.`
    throw new EdgewiseError('ledger-failed', message, { cause })
  }
  return { [Symbol.dispose]: () => database.close() }
}
