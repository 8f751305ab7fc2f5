import { rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { syncFolder } from './sync-folder.ts'

/** Gives a finished folder its place among the models, in one step and safely on disk. Throws `store-failed` when something else is there. */
export async function moveIn(staging: string, folder: string): Promise<void> {
  try {
    await rename(staging, folder)
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(code)) throw cause
    const message = `${folder} is there already, but is no whole model. Remove it (edgewise model rm ${folder}) and try again.`
    throw new EdgewiseError('store-failed', message, { cause })
  }
  await syncFolder(dirname(folder))
}
