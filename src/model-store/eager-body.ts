import type { Readable } from 'node:stream'
import { bodyError } from './connection-error.ts'

/** Held in memory while nobody takes it. */
const mostHeldBytes = 1_048_576

/** The body of an answer, read from the moment it begins to come. */
export interface EagerBody extends AsyncIterable<Uint8Array> {
  /** Lets go of a body that nobody wants; a short one is read to its end, so that its connection serves again. */
  discard(): void
}

/**
 * Takes the pieces of a body as they come, up to 1 MiB ahead of its reader. A stream throws away what it holds when its connection is cut;
 * here every byte that came is given first, and then the error: what was received is never asked for again.
 */
export function readEagerly(body: Readable, host: string, signal: AbortSignal): EagerBody {
  const pieces: Uint8Array[] = []
  let heldBytes = 0
  let isWanted = true
  let ended: { readonly error?: Error } | undefined
  let wake = () => {}

  body.on('data', (piece: Uint8Array) => {
    heldBytes += piece.byteLength
    if (isWanted) pieces.push(piece)
    if (heldBytes > mostHeldBytes) isWanted ? body.pause() : body.destroy()
    wake()
  })
  const end = (how: { readonly error?: Error }) => {
    ended ??= how
    wake()
  }
  body.on('end', () => end({}))
  body.on('error', (thrown) => end({ error: bodyError(thrown, host, signal) }))

  return {
    async *[Symbol.asyncIterator]() {
      try {
        while (true) {
          const piece = pieces.shift()
          if (piece !== undefined) {
            heldBytes -= piece.byteLength
            if (heldBytes <= mostHeldBytes / 2) body.resume()
            yield piece
            continue
          }
          if (ended?.error !== undefined) throw ended.error
          if (ended !== undefined) return
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        body.destroy()
      }
    },
    discard() {
      isWanted = false
      pieces.length = 0
      body.resume()
    },
  }
}
