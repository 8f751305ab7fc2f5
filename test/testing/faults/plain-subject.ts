import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startWriter, type WriterCommand, type WriterProcess } from '../../../src/testing/faults/writer-process.ts'

export type PlainMode = 'honest' | 'normal' | 'early' | 'twice'

/** The plain writer's command, for a database in `folder`. */
export function plainCommand(folder: string, mode: PlainMode, first = 1, count = Infinity): WriterCommand {
  const script = join(import.meta.dirname, 'plain-writer.ts')
  return { file: process.execPath, args: [script, plainFile(folder), mode, String(first), String(count)] }
}

export function startPlainWriter(folder: string, mode: PlainMode, first = 1): WriterProcess {
  return startWriter(plainCommand(folder, mode, first))
}

/** The keys in the plain writer's database; throws when it is damaged. */
export async function recoverPlain(folder: string): Promise<readonly string[]> {
  using database = openPlain(folder)
  const verdict = database.prepare('PRAGMA integrity_check').get()?.integrity_check
  if (verdict !== 'ok') throw new Error(`the database is damaged: ${verdict}`)
  return database
    .prepare('SELECT key FROM kept')
    .all()
    .map(({ key }) => String(key))
}

export function plainFile(folder: string): string {
  return join(folder, 'plain.sqlite')
}

function openPlain(folder: string): DatabaseSync {
  const database = new DatabaseSync(plainFile(folder))
  // A writer that was killed early has made no table yet.
  database.exec('CREATE TABLE IF NOT EXISTS kept (key TEXT)')
  return database
}
