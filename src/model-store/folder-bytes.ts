import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of all regular files below a folder; 0 when it is not there. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await lstat(join(parentPath, name))).size))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}
