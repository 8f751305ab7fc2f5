import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { createDigestMeter } from './file-digest.ts'
import type { HubAnswer, HubConnection } from './hub-connection.ts'
import { requireStatus } from './list-repository.ts'
import type { ModelReference } from './model-reference.ts'
import { type LeftOver, type PartFile, partFile } from './part-file.ts'
import type { WantedFile } from './repository-variants.ts'
import { asStoreFailed } from './store-failed.ts'
import { type RetryOptions, withRetries } from './with-retries.ts'

export interface DownloadOptions extends Omit<RetryOptions, 'progress'> {
  readonly hub: HubConnection
  readonly reference: ModelReference
  readonly commit: string
  readonly file: WantedFile
  /** Where the file is to be; beside it lie `.part` and `.etag` while it comes. */
  readonly path: string
  /** Told how many bytes of the file are there; less than before when it has to start over. */
  readonly onBytes: (bytes: number) => void
}

/**
 * Fetches one file and resolves with its SHA-256 once it is whole, checked against the listing, and safely on disk. Goes on where an earlier
 * run stopped. Throws `model-invalid` when the bytes are wrong twice, `stream-cut` and the like when the retries are used up, `store-failed`.
 */
export async function downloadFile(options: DownloadOptions): Promise<string> {
  const { file, path, hub } = options
  const part = partFile(path, file)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  for (let tries = 1; tries <= 2; tries += 1) {
    const { sha256, matches } = await fetchWhole(options, part)
    if (matches) {
      await part.complete()
      return sha256
    }
    await part.forget()
    options.onBytes(0)
  }
  const listed = `${file.expected.algorithm} ${file.expected.value}`
  const message = `${file.path} came twice with other bytes than ${hub.host} lists (${listed}) and was thrown away. Either something on the way changes it, such as a proxy, or the hub's own copy is damaged.`
  throw new EdgewiseError('model-invalid', message)
}

/** Attempts until all bytes are there, then says whether they are the right ones. */
async function fetchWhole(options: DownloadOptions, part: PartFile): Promise<{ sha256: string; matches: boolean }> {
  let most = 0
  const onBytes = (bytes: number) => {
    most = Math.max(most, bytes)
    options.onBytes(bytes)
  }
  return withRetries({ ...options, progress: () => most }, async () => {
    try {
      return await fetchRest({ ...options, onBytes }, part)
    } catch (thrown) {
      throw asStoreFailed(thrown, options.path)
    }
  })
}

/** One request for what is missing. */
async function fetchRest(options: DownloadOptions, part: PartFile) {
  const { file, hub, onBytes } = options
  const left = await part.leftOver()
  onBytes(left?.bytes ?? 0)
  if (left?.bytes === file.bytes) return left.meter.finish()
  const answer = await ask(options, left)
  const goesOn = await continues(answer, options, { part, left })
  const meter = goesOn ? goesOn.meter : createDigestMeter(file)
  const size = await part.append(answer.body, {
    start: goesOn?.bytes ?? 0,
    etag: answer.headers.etag,
    onPiece(piece, bytes) {
      if (bytes > file.bytes) {
        throw new EdgewiseError('stream-cut', `${hub.host} sent more of ${file.path} than its ${file.bytes} bytes`)
      }
      meter.update(piece)
      onBytes(bytes)
    },
  })
  if (size < file.bytes)
    throw new EdgewiseError('stream-cut', `${file.path} ended after ${size} of ${file.bytes} bytes`)
  return meter.finish()
}

async function ask(options: DownloadOptions, left: LeftOver | undefined): Promise<HubAnswer> {
  const { hub, reference, commit, file, signal, clock } = options
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  const url = new URL(`${reference.org}/${reference.name}/resolve/${commit}/${path}`, hub.endpoint)
  const headers = left === undefined ? {} : { range: `bytes=${left.bytes}-`, 'if-range': left.etag }
  const answer = await hub.get(url, { headers, signal })
  const what = `${file.path} of ${reference.org}/${reference.name}`
  requireStatus(answer, [200, 206, 416], { hub, what, reference, nowMs: clock.now() })
  try {
    requireSameContent(answer, options)
    return answer
  } catch (thrown) {
    answer.body.discard()
    throw thrown
  }
}

/** The hub names commit and content of what it sends; that it is another is better known before gigabytes of it have come. */
function requireSameContent({ hubHeaders }: HubAnswer, { hub, commit, file }: DownloadOptions): void {
  const etag = hubHeaders['x-linked-etag']?.replace(/^W\//, '').replaceAll('"', '')
  const isOther = etag !== undefined && /^[0-9a-f]{64}$/.test(etag) && file.expected.algorithm === 'sha256'
  if (isOther && etag !== file.expected.value) {
    const message = `${hub.host} lists ${file.path} as ${file.expected.value}, but sends ${etag}: nothing was fetched`
    throw new EdgewiseError('model-invalid', message)
  }
  const sent = hubHeaders['x-repo-commit']
  if (sent !== undefined && sent !== commit) {
    throw new EdgewiseError(
      'model-invalid',
      `${hub.host} was asked for commit ${commit}, but sends ${sent.slice(0, 40)}`,
    )
  }
}

/** What the answer goes on from; undefined when it is the whole file. Throws, to be tried again, for a range that was not asked for. */
async function continues(
  { status, headers, body }: HubAnswer,
  { file }: DownloadOptions,
  { part, left }: { part: PartFile; left: LeftOver | undefined },
): Promise<LeftOver | undefined> {
  if (status === 200) return undefined
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? []
  const isSame = headers.etag === undefined || headers.etag === left?.etag
  if (status === 206 && left !== undefined && isSame && Number(start) === left.bytes && Number(total) === file.bytes) {
    return left
  }
  body.discard()
  await part.forget()
  throw new EdgewiseError('stream-cut', `the rest of ${file.path} could not be had (${status}), so it starts over`)
}
