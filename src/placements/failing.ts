import type { EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'

/** An answer that fails before its first part. */
// biome-ignore lint/correctness/useYield: it throws instead.
export async function* failing(error: EdgewiseError): AsyncGenerator<StreamPart> {
  throw error
}
