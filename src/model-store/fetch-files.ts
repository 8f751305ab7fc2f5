import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type DownloadOptions, downloadFile } from './download-file.ts'
import { createDigestMeter } from './file-digest.ts'
import type { PulledFile } from './pulled-manifest.ts'
import { readPieces } from './read-pieces.ts'
import type { WantedFile } from './repository-variants.ts'
import { aborted, type RetryNotice } from './with-retries.ts'

export interface FetchProgress {
  /** Of all files together; less than before when one has to start over. */
  readonly doneBytes: number
  readonly totalBytes: number
}

export interface FetchFilesOptions extends Omit<DownloadOptions, 'file' | 'path' | 'onBytes' | 'onRetry'> {
  readonly files: readonly WantedFile[]
  readonly folder: string
  readonly onProgress: (progress: FetchProgress) => void
  readonly onRetry: (notice: RetryNotice) => void
}

/** Downloads that run at the same time. */
const parallel = 2

/** Fetches the files into a folder, the small ones first, and resolves with what is there. The first failure stops the others. */
export async function fetchFiles(options: FetchFilesOptions): Promise<readonly PulledFile[]> {
  const { files, folder, onProgress, signal } = options
  const failed = new AbortController()
  const done = new Map<string, number>()
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const queue = files.toSorted((first, second) => first.bytes - second.bytes)
  const fetched: PulledFile[] = []

  async function work(): Promise<void> {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const { target, bytes } = file
      const onBytes = (count: number) => {
        done.set(target, count)
        onProgress({ doneBytes: [...done.values()].reduce((sum, some) => sum + some, 0), totalBytes })
      }
      const path = join(folder, target)
      const there = await digestOf(path, file)
      const download = { ...options, file, path, onBytes, signal: AbortSignal.any([signal, failed.signal]) }
      const sha256 = there ?? (await downloadFile(download))
      onBytes(bytes)
      fetched.push({ path: target, bytes, sha256 })
    }
  }

  const workers = await Promise.allSettled(
    Array.from({ length: parallel }, () =>
      work().catch((thrown: unknown) => {
        failed.abort(thrown)
        throw thrown
      }),
    ),
  )
  if (signal.aborted) throw aborted(signal)
  // The others were only stopped because of the first.
  if (failed.signal.aborted) throw failed.signal.reason
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason
  return fetched.toSorted((first, second) => (first.path < second.path ? -1 : 1))
}

/** SHA-256 of a file that an earlier run has completed; undefined when it is not there or no longer right. */
async function digestOf(path: string, file: WantedFile): Promise<string | undefined> {
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  )
  if (size !== file.bytes) return undefined
  const meter = createDigestMeter(file)
  for await (const piece of readPieces(path)) meter.update(piece)
  const { sha256, matches } = meter.finish()
  return matches ? sha256 : undefined
}
