import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { realFile } from '../partition/real-file.ts'
import { EdgewiseError } from '../spec/errors.ts'

/**
 * Files that a model folder and its `onnx/` only link to: in a cache of huggingface_hub all of them, in any other folder none. Throws
 * `model-invalid` for a link to anywhere else, before anything is read through it.
 */
export async function linkedFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const place of [folder, join(folder, 'onnx')]) {
    const entries = await readdir(place, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (!entry.isSymbolicLink()) continue
      const path = join(place, entry.name)
      const target = realFile(path)?.path
      if (target === undefined) continue
      if ((await realpath(path)) !== (await realpath(target))) {
        throw new EdgewiseError(
          'model-invalid',
          `${path} leads somewhere else than it seems: a folder above it is a link`,
        )
      }
      found.push(target)
    }
  }
  return [...new Set(found)]
}
