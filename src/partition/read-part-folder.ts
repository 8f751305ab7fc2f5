import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import {
  type PartManifest,
  partManifestName,
  partManifestSchema,
  type SplitRecord,
  splitRecordName,
  splitRecordSchema,
} from '../spec/part-manifest.ts'
import { realFile } from './real-file.ts'

/** Reads the manifest of a folder with parts; undefined for a folder without one. Throws `model-invalid` when it is damaged. */
export function readPartManifest(folder: string): Promise<PartManifest | undefined> {
  return readRecord(join(folder, partManifestName), partManifestSchema)
}

/** Reads how a folder of two sides came about; undefined where it does not say. Throws `model-invalid` when it is damaged. */
export function readSplitRecord(folder: string): Promise<SplitRecord | undefined> {
  return readRecord(join(folder, splitRecordName), splitRecordSchema)
}

async function readRecord<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new EdgewiseError('model-invalid', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  const parsed = schema.safeParse(parseJson(path, text))
  if (parsed.success) return parsed.data
  const message = `${path} is not as expected:\n${z.prettifyError(parsed.error)}\nSplit the model again.`
  throw new EdgewiseError('model-invalid', message, { cause: parsed.error })
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EdgewiseError('model-invalid', `${path} is no JSON: ${(cause as Error).message}`, { cause })
  }
}

/** Reads every file of a folder with parts again. Throws `model-invalid`, naming the first that is not as it was written. */
export async function checkPartFiles(folder: string, { files }: PartManifest, signal: AbortSignal): Promise<void> {
  for (const { path, bytes, sha256 } of files) {
    const file = realFile(join(folder, path))
    const again = 'split the model again, or copy the folder again'
    if (file === undefined) throw new EdgewiseError('model-invalid', `${folder} has no ${path}: ${again}`)
    if (file.bytes !== bytes) {
      throw new EdgewiseError(
        'model-invalid',
        `${folder}: ${path} has ${file.bytes} bytes instead of ${bytes}: ${again}`,
      )
    }
    const hash = createHash('sha256')
    await pipeline(createReadStream(file.path), hash, { signal })
    if (hash.digest('hex') !== sha256) {
      throw new EdgewiseError('model-invalid', `${folder}: ${path} has other bytes than it was written with: ${again}`)
    }
  }
}
