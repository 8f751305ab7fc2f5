import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Header } from 'tar-stream'
import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import {
  archiveFilesFolder,
  archiveManifestName,
  archiveSignatureName,
  longestHeadBytes,
  requireSignature,
  type TrustedKey,
} from './archive-signature.ts'
import { moveIn } from './move-in.ts'
import { takePullLock } from './pull-lock.ts'
import {
  type PulledFile,
  type PulledManifest,
  pulledFolderName,
  pulledManifestSchema,
  writePulledManifest,
} from './pulled-manifest.ts'
import { findPulledModel, type PulledModel, partialsFolderOf } from './pulled-models.ts'
import { removeStaleImports } from './remove-stale-imports.ts'
import { asStoreFailed } from './store-failed.ts'
import { aborted } from './with-retries.ts'

/** One entry of an archive, whose bytes come as they are read. */
type Entry = AsyncIterable<Buffer> & { readonly header: Header }

export interface ImportModelOptions {
  /** The archive. */
  readonly file: string
  readonly modelsFolder: string
  readonly trusted: TrustedKey
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onBytes?: (done: number, total: number) => void
}

export interface ImportResult extends PulledModel {
  /** Of the key that signed the archive. */
  readonly fingerprint: string
  readonly wasThere: boolean
}

/**
 * Takes a model out of an archive that `exportModel` wrote. Nothing of it is written before its signature holds, and nothing that the signed
 * manifest does not name; the model appears whole or not at all. What an import that was killed has left is deleted. Throws `fingerprint-mismatch`, `model-invalid`, `store-failed`.
 */
export async function importModel(options: ImportModelOptions): Promise<ImportResult> {
  const { file, modelsFolder, signal } = options
  const staging = join(partialsFolderOf(modelsFolder), `import-${randomUUID()}`)
  try {
    return await takeOut(options, staging)
  } catch (thrown) {
    if (signal.aborted) throw aborted(signal)
    const error = asStoreFailed(thrown, modelsFolder)
    if (error instanceof EdgewiseError) throw error
    // What the tar reader says of bytes that are none.
    const message = `${file} is no whole archive of a model: ${(thrown as Error).message}`
    throw new EdgewiseError('model-invalid', message, { cause: thrown })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function takeOut(options: ImportModelOptions, staging: string): Promise<ImportResult> {
  const { file, modelsFolder, trusted, clock, signal, onBytes } = options
  const { extract: createExtract } = await import('tar-stream')
  const extract = createExtract()
  const source = createReadStream(file, { highWaterMark: 1 << 20, signal })
  source.on('error', (error) => extract.destroy(readError(file, error)))
  source.pipe(extract)
  try {
    const entries = (extract as AsyncIterable<unknown> as AsyncIterable<Entry>)[Symbol.asyncIterator]()
    const head = await readHead(await nextEntry(entries), archiveManifestName)
    const fingerprint = requireSignature(head, await readHead(await nextEntry(entries), archiveSignatureName), trusted)
    const manifest = parseManifest(head)
    const { org, name, commit, variant } = manifest
    const there = await findPulledModel(modelsFolder, { org, name, revision: commit, ...(variant && { variant }) })
    if (there !== undefined) return { ...there, fingerprint, wasThere: true }
    await removeStaleImports(modelsFolder)
    await using _ = await takePullLock({ path: `${staging}.lock`, clock, signal })
    await mkdir(staging, { recursive: true, mode: 0o700 })
    const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)
    let done = 0
    for (const expected of manifest.files) {
      await writeEntry(await nextEntry(entries), {
        expected,
        folder: staging,
        onBytes: (bytes) => onBytes?.(done + bytes, total),
      })
      done += expected.bytes
      if (signal.aborted) throw aborted(signal)
    }
    if (!(await entries.next()).done) throw changed('it holds more than its manifest names')
    await writePulledManifest(staging, manifest)
    const folder = join(modelsFolder, pulledFolderName(manifest))
    await moveIn(staging, folder)
    return { folder, manifest, fingerprint, wasThere: false }
  } finally {
    source.destroy()
    extract.destroy()
  }
}

async function nextEntry(entries: AsyncIterator<Entry>): Promise<Entry> {
  const next = await entries.next()
  if (next.done) throw changed('it ends before everything that it should hold')
  if (next.value.header.type !== 'file') throw changed(`it holds a ${next.value.header.type} instead of a file`)
  return next.value
}

/** One of the two short entries in front. */
async function readHead(entry: Entry, name: string): Promise<Buffer> {
  const { name: found, size = 0 } = entry.header
  if (found !== name) {
    throw new EdgewiseError(
      'model-invalid',
      `This is no archive of a model: its entry ${name} is missing. Unsigned ones are not taken.`,
    )
  }
  if (size > longestHeadBytes) throw changed(`its ${name} has ${size} bytes`)
  const pieces: Buffer[] = []
  for await (const piece of entry) pieces.push(piece)
  return Buffer.concat(pieces)
}

function parseManifest(bytes: Buffer): PulledManifest {
  try {
    return pulledManifestSchema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : 'it is no JSON'
    throw new EdgewiseError('model-invalid', `The manifest of the archive is not as it should be: ${what}`, { cause })
  }
}

interface WriteEntryOptions {
  readonly expected: PulledFile
  readonly folder: string
  readonly onBytes: (bytes: number) => void
}

/** Name and size are those of the manifest or nothing is written; the bytes are compared as they come. */
async function writeEntry(entry: Entry, { expected, folder, onBytes }: WriteEntryOptions): Promise<void> {
  const { name, size } = entry.header
  if (name !== `${archiveFilesFolder}${expected.path}` || size !== expected.bytes) {
    throw changed(`where ${expected.path} of ${expected.bytes} bytes should be, it holds something else`)
  }
  const path = join(folder, expected.path)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  let bytes = 0
  await using file = await open(path, 'wx', 0o600)
  for await (const piece of entry) {
    hash.update(piece)
    await file.writeFile(piece)
    bytes += piece.byteLength
    onBytes(bytes)
  }
  await file.sync()
  if (bytes !== expected.bytes || hash.digest('hex') !== expected.sha256) {
    throw changed(`${expected.path} is not what was signed`)
  }
}

function changed(because: string): EdgewiseError {
  return new EdgewiseError(
    'model-invalid',
    `The archive was changed or is damaged: ${because}. Nothing of it was kept.`,
  )
}

function readError(file: string, cause: Error): Error {
  return new EdgewiseError('model-invalid', `${file} cannot be read: ${cause.message}`, { cause })
}
