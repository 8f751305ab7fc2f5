import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'

export interface FirstPartOptions {
  readonly parts: AsyncIterable<StreamPart>
  /** Longest wait before the headers of a stream go out. */
  readonly withinMs: number
  readonly clock: Clock
}

/** Ends a wait that is not needed any more; one object for all, since a fresh one would record its stack. */
const over = new Error('no longer needed')

/**
 * The same parts, once the first one that is more than a place has come or `withinMs` has passed: a failure before that is thrown here,
 * while it can still become an HTTP status; a later one is thrown to whoever reads the parts.
 */
export async function afterFirstPart({ parts, withinMs, clock }: FirstPartOptions): Promise<AsyncIterable<StreamPart>> {
  const iterator = parts[Symbol.asyncIterator]()
  const seen: Promise<IteratorResult<StreamPart>>[] = []
  const patience = new AbortController()
  const begun = async () => {
    while (!patience.signal.aborted) {
      const next = iterator.next()
      seen.push(next)
      const { done, value } = await next
      if (done === true || value.type !== 'placement') return
    }
  }
  try {
    await Promise.race([begun(), clock.delay(withinMs, patience.signal).catch(() => undefined)])
  } finally {
    patience.abort(over)
  }
  const rest: AsyncIterator<StreamPart> = {
    next: () => seen.shift() ?? iterator.next(),
    async return() {
      await iterator.return?.()
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => rest }
}
