import { asEdgewiseError, type EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'

export interface Tap {
  readonly onPart?: (part: StreamPart) => void
  /** Called exactly once: after the last part, with the failure, or when the consumer leaves (`left`), even before the first part. */
  readonly onEnd: (end: { readonly error?: EdgewiseError; readonly left: boolean }) => void
}

/** The same parts, watched. A generator function would miss the consumer that leaves before the first part. */
export function tap(parts: AsyncIterable<StreamPart>, { onPart, onEnd }: Tap): AsyncIterable<StreamPart> {
  return {
    [Symbol.asyncIterator]() {
      const inner = parts[Symbol.asyncIterator]()
      let hasEnded = false
      const end = (how: Parameters<typeof onEnd>[0]) => {
        if (hasEnded) return
        hasEnded = true
        onEnd(how)
      }
      return {
        async next() {
          try {
            const result = await inner.next()
            if (result.done) end({ left: false })
            else onPart?.(result.value)
            return result
          } catch (thrown) {
            const error = asEdgewiseError(thrown)
            end({ error, left: false })
            throw error
          }
        },
        async return() {
          try {
            await inner.return?.()
          } finally {
            end({ left: true })
          }
          return { done: true, value: undefined }
        },
      }
    },
  }
}
