import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isLockHeld } from './pull-lock.ts'
import { partialsFolderOf } from './pulled-models.ts'

const importName = /^import-[0-9a-f-]{36}(?=\.lock$|$)/

/** Deletes what imports have left behind whose process was killed. What another process works on stays. */
export async function removeStaleImports(modelsFolder: string): Promise<void> {
  const partials = partialsFolderOf(modelsFolder)
  const names = await readdir(partials).catch(() => [])
  for (const name of new Set(names.flatMap((entry) => importName.exec(entry)?.[0] ?? []))) {
    const lock = join(partials, `${name}.lock`)
    if (await isLockHeld(lock)) continue
    await rm(join(partials, name), { recursive: true, force: true })
    await rm(lock, { force: true })
  }
}
