import { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../spec/errors.ts'
import { applicationId } from './open-database.ts'
import { storeError } from './store-error.ts'

/** Looks through every page and index of a file. Throws `store-failed` when it is damaged, or no store of Edgewise. */
export function checkWhole(path: string): void {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    const id = database.prepare('PRAGMA application_id').get()?.application_id
    if (id !== applicationId) throw new EdgewiseError('store-failed', `${path} is no store of Edgewise.`)
    const verdict = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check
    if (verdict !== 'ok')
      throw new EdgewiseError('store-failed', `${path} is damaged (${verdict}). Take another backup.`)
  } catch (thrown) {
    throw storeError(path, thrown)
  } finally {
    database?.close()
  }
}
