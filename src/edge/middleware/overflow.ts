import { EdgewiseError } from '../../spec/errors.ts'
import type { StreamPart } from '../../spec/stream-part.ts'

/** The parts; when they are refused as `overloaded` before the first one, those of what `elsewhere` begins. */
export function withOverflow(
  parts: AsyncIterable<StreamPart>,
  elsewhere: (refused: EdgewiseError) => AsyncIterable<StreamPart>,
): AsyncIterable<StreamPart> {
  let iterator = parts[Symbol.asyncIterator]()
  let hasBegun = false
  const rest: AsyncIterator<StreamPart> = {
    async next() {
      if (hasBegun) return iterator.next()
      try {
        const first = await iterator.next()
        hasBegun = true
        return first
      } catch (thrown) {
        hasBegun = true
        if (!(thrown instanceof EdgewiseError) || thrown.code !== 'overloaded') throw thrown
        iterator = elsewhere(thrown)[Symbol.asyncIterator]()
        return iterator.next()
      }
    },
    async return() {
      await iterator.return?.()
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => rest }
}
