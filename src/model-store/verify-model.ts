import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { sha256OfFile } from './file-digest.ts'
import { type PulledManifest, pulledManifestName, readPulledManifest } from './pulled-manifest.ts'
import { totalBytes } from './total-bytes.ts'

/** One file that is not what the manifest says. */
export interface FileFault {
  readonly path: string
  readonly because: string
}

export interface Verification {
  readonly manifest: PulledManifest
  /** Files that were read and compared. */
  readonly files: number
  readonly bytes: number
  /** Empty when the model is as it was pulled. */
  readonly faults: readonly FileFault[]
}

/** Reads every file of a pulled or imported model again and compares it with its manifest. Throws `model-invalid` for a folder without one. */
export async function verifyModel({ folder, signal }: { folder: string; signal: AbortSignal }): Promise<Verification> {
  const manifest = await readPulledManifest(folder)
  if (manifest === undefined) {
    const message = `${folder} has no ${pulledManifestName}, so there is nothing to compare it with: only pulled and imported models have one`
    throw new EdgewiseError('model-invalid', message)
  }
  const faults: FileFault[] = []
  for (const { path, bytes, sha256 } of manifest.files) {
    signal.throwIfAborted()
    const because = await faultOf(join(folder, path), { bytes, sha256, signal })
    if (because !== undefined) faults.push({ path, because })
  }
  for (const path of await strangers(folder, manifest)) faults.push({ path, because: 'does not belong to the model' })
  return { manifest, files: manifest.files.length, bytes: totalBytes(manifest), faults }
}

async function faultOf(
  path: string,
  { bytes, sha256, signal }: { bytes: number; sha256: string; signal: AbortSignal },
): Promise<string | undefined> {
  const status = await lstat(path).catch(() => undefined)
  if (status === undefined) return 'is missing'
  if (!status.isFile()) return 'is a link or no regular file'
  if (status.size !== bytes) return `has ${status.size} bytes instead of ${bytes}`
  try {
    const found = await sha256OfFile(path, signal)
    return found === sha256 ? undefined : `has SHA-256 ${found} instead of ${sha256}`
  } catch (thrown) {
    signal.throwIfAborted()
    return `cannot be read: ${(thrown as Error).message}`
  }
}

async function strangers(folder: string, { files }: PulledManifest): Promise<string[]> {
  const known = new Set([...files.map(({ path }) => path), pulledManifestName])
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !known.has(path))
}
