import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Answer } from '../exchange.ts'
import { tap } from '../tap.ts'

/** Longest wait before the headers of a stream go out: an early failure becomes a real HTTP status, a late one an error event. */
const headersWithinMs = 500

/**
 * The parts of a stream, once its first word, its failure or `headersWithinMs` has come. A plan that may hold its words back
 * (not exact: it drafts first) is not waited for at all. Throws what the answer throws in that time. `release` is called at its end.
 */
export async function settled(
  answer: Answer,
  { release, clock }: { release: () => void; clock: Clock },
): Promise<AsyncIterable<StreamPart>> {
  const parts = tap(answer.parts, { onEnd: release })
  if (!answer.plan.exact) return parts
  const iterator = parts[Symbol.asyncIterator]()
  const seen: Promise<IteratorResult<StreamPart>>[] = []
  const given = { isOver: false }
  const patience = new AbortController()
  const read = async () => {
    while (!given.isOver) {
      const next = iterator.next()
      seen.push(next)
      const { done, value } = await next
      if (done === true || value.type !== 'placement') return
    }
  }
  const timeout = clock.delay(headersWithinMs, patience.signal).catch(() => undefined)
  try {
    await Promise.race([read(), timeout])
  } finally {
    given.isOver = true
    patience.abort()
  }
  return resumed(seen, iterator)
}

/** What was already read, then the rest. */
function resumed(
  seen: Promise<IteratorResult<StreamPart>>[],
  iterator: AsyncIterator<StreamPart>,
): AsyncIterable<StreamPart> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => seen.shift() ?? iterator.next(),
      return: async () => {
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }),
  }
}
