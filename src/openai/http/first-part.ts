import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'

export interface FirstPartOptions {
  readonly parts: AsyncIterable<StreamPart>
  /** Longest wait before the headers of a stream go out. */
  readonly withinMs: number
  readonly clock: Clock
}

/**
 * The same parts, once the first one that is more than a place has come or `withinMs` has passed: a failure before that is thrown here,
 * while it can still become an HTTP status; a later one is thrown to whoever reads the parts.
 */
export async function afterFirstPart({ parts, withinMs, clock }: FirstPartOptions): Promise<AsyncIterable<StreamPart>> {
  const iterator = parts[Symbol.asyncIterator]()
  const seen: Promise<IteratorResult<StreamPart>>[] = []
  const patience = Promise.withResolvers<void>()
  let isOver = false
  const cancel = clock.after(withinMs, patience.resolve)
  const begun = async () => {
    while (!isOver) {
      const next = iterator.next()
      seen.push(next)
      const { done, value } = await next
      if (done === true || value.type !== 'placement') return
    }
  }
  try {
    await Promise.race([begun(), patience.promise])
  } finally {
    isOver = true
    cancel()
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
