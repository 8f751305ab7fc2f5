import { createReadStream } from 'node:fs'

/** A file in pieces of 1 MiB: memory does not grow with it. */
export function readPieces(path: string, signal?: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20, ...(signal === undefined ? {} : { signal }) })
}
