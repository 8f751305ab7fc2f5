import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../spec/errors.ts'
import { checkWhole } from './check-whole.ts'
import { refuseInUse } from './quarantine.ts'
import { storeError } from './store-error.ts'

/**
 * Writes a store anew without its free pages; later ones are then given back piece by piece, also by a store that an older Edgewise has made. Needs as much
 * free space again. Gives the bytes before and after. Throws `store-failed` while a program runs on it.
 */
export function compactStore(path: string): { readonly before: number; readonly after: number } {
  if (!existsSync(path))
    throw new EdgewiseError('store-failed', `There is no store at ${path}. Name its folder with --state.`)
  refuseInUse(path)
  checkWhole(path)
  const before = statSync(path).size
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 1000 })
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM')
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
    return { before, after: statSync(path).size }
  } catch (thrown) {
    throw storeError(path, thrown)
  } finally {
    database?.close()
  }
}
