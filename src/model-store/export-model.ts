import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Pack } from 'tar-stream'
import { EdgewiseError } from '../spec/errors.ts'
import { archiveFilesFolder, archiveManifestName, archiveSignatureName, signManifest } from './archive-signature.ts'
import type { PulledFile } from './pulled-manifest.ts'
import type { PulledModel } from './pulled-models.ts'
import { readPieces } from './read-pieces.ts'
import type { SigningKey } from './signing-key.ts'
import { asStoreFailed } from './store-failed.ts'
import { aborted } from './with-retries.ts'

export interface ExportModelOptions {
  readonly model: PulledModel
  /** Where the archive is to be; one that is there is replaced once the new one is whole. */
  readonly file: string
  readonly key: SigningKey
  readonly signal: AbortSignal
  readonly onBytes?: (bytes: number) => void
}

/**
 * Writes a pulled model as one tar archive: manifest, signature, files. Resolves with its size, safely on disk. Throws `model-invalid` when
 * a file is no longer what the manifest says, `store-failed`; nothing is left behind then.
 */
export async function exportModel(options: ExportModelOptions): Promise<number> {
  const file = resolve(options.file)
  const draft = `${file}.part`
  try {
    await writeArchive(options, draft)
    const bytes = await syncedSize(draft)
    await rename(draft, file)
    return bytes
  } catch (thrown) {
    await rm(draft, { force: true })
    if (options.signal.aborted) throw aborted(options.signal)
    throw asStoreFailed(thrown, file)
  }
}

/** Packs on one side and writes on the other; the first of them to fail ends both, and both have ended when this settles. */
async function writeArchive(options: ExportModelOptions, draft: string): Promise<void> {
  const { pack: createPack } = await import('tar-stream')
  const pack = createPack()
  const failed = new AbortController()
  const fail = (thrown: unknown) => {
    failed.abort(thrown)
    pack.destroy(thrown as Error)
  }
  const signal = AbortSignal.any([options.signal, failed.signal])
  const written = pipeline(pack, createWriteStream(draft, { mode: 0o600 }), { signal: options.signal }).catch(fail)
  await Promise.all([fill(pack, { ...options, signal }).catch(fail), written])
  if (failed.signal.aborted) throw failed.signal.reason
}

async function fill(
  pack: Pack,
  { model: { folder, manifest }, key, signal, onBytes }: ExportModelOptions,
): Promise<void> {
  const head = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)
  // The same model gives the same archive.
  const fixed = { mode: 0o644, mtime: new Date(0), type: 'file' } as const
  pack.entry({ ...fixed, name: archiveManifestName }, head)
  pack.entry({ ...fixed, name: archiveSignatureName }, signManifest(head, key))
  let done = 0
  for (const file of manifest.files) {
    const entry = pack.entry({ ...fixed, name: `${archiveFilesFolder}${file.path}`, size: file.bytes })
    // Whatever fails the archive is thrown by what caused it.
    entry.on('error', () => {})
    await copy(entry, { file, path: join(folder, file.path), signal, onBytes: (bytes) => onBytes?.(done + bytes) })
    done += file.bytes
  }
  pack.finalize()
}

interface CopyOptions {
  readonly file: PulledFile
  readonly path: string
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

/** What goes into the archive is checked on the way: it was whole once, but disks forget. */
async function copy(entry: NodeJS.WritableStream, { file, path, signal, onBytes }: CopyOptions): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of readPieces(path, signal)) {
    bytes += piece.byteLength
    if (bytes > file.bytes) break
    hash.update(piece)
    if (!entry.write(piece)) await once(entry, 'drain', { signal })
    onBytes(bytes)
  }
  if (bytes !== file.bytes || hash.digest('hex') !== file.sha256) {
    const message = `${path} is no longer what was pulled: remove the model and pull it again`
    throw new EdgewiseError('model-invalid', message)
  }
  entry.end()
  await once(entry, 'close', { signal })
}

async function syncedSize(path: string): Promise<number> {
  await using handle = await open(path, 'r')
  await handle.sync()
  return (await handle.stat()).size
}
