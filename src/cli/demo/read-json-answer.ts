import { EdgewiseError } from '../../spec/errors.ts'
import type { Inbound } from '../../spec/ports.ts'

const longestAnswerBytes = 1_048_576

/** The JSON of a small answer; undefined when it is none. Throws `upstream-failed` beyond 1 MiB. */
export async function readJsonAnswer({ body }: Inbound): Promise<unknown> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.length
    if (bytes > longestAnswerBytes) throw new EdgewiseError('upstream-failed', 'The answer is longer than 1 MiB.')
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    return undefined
  }
}
