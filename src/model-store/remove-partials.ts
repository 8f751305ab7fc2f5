import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { folderBytes } from './folder-bytes.ts'
import type { ModelReference } from './model-reference.ts'
import { partialsFolderOf } from './pulled-models.ts'

/** Deletes what pulls of a model have begun and nobody is working on, of every commit and variant. Resolves with the bytes freed. */
export async function removePartials(modelsFolder: string, { org, name }: ModelReference): Promise<number> {
  const partials = partialsFolderOf(modelsFolder)
  const names = (await readdir(partials).catch(() => [])).filter((entry) => entry.startsWith(`${org}--${name}@`))
  let bytes = 0
  for (const entry of names) {
    if (entry.includes('.lock') || existsSync(join(partials, `${entry}.lock`))) continue
    bytes += await folderBytes(join(partials, entry))
    await rm(join(partials, entry), { recursive: true, force: true })
  }
  return bytes
}
