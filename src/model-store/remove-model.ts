import { randomUUID } from 'node:crypto'
import { lstat, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { folderBytes } from './folder-bytes.ts'
import { asStoreFailed } from './store-failed.ts'

/**
 * Deletes one model of the store and resolves with the bytes freed. The folder disappears at once, its files after that. Throws
 * `config-invalid` for anything that is not a folder right inside the store.
 */
export async function removeModel({
  folder,
  modelsFolder,
}: {
  readonly folder: string
  readonly modelsFolder: string
}): Promise<number> {
  const status = await lstat(folder).catch(() => undefined)
  const store = await realpath(modelsFolder).catch(() => undefined)
  const parent = await realpath(dirname(folder)).catch(() => undefined)
  if (status === undefined || !status.isDirectory() || store === undefined || parent !== store) {
    throw new EdgewiseError('config-invalid', `${folder} is no model inside ${modelsFolder}: nothing was removed`)
  }
  const trash = join(modelsFolder, `.removed-${randomUUID()}`)
  try {
    await rename(folder, trash)
    const bytes = await folderBytes(trash)
    await rm(trash, { recursive: true })
    return bytes
  } catch (thrown) {
    throw asStoreFailed(thrown, folder)
  }
}
