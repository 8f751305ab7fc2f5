import type { EdgewiseError } from '../../spec/errors.ts'
import type { StreamPart } from '../../spec/stream-part.ts'

/** Parts of one answer between their arrival and their reader. */
export interface PartQueue extends AsyncIterable<StreamPart> {
  push(part: StreamPart): void
  /** Ends the answer with an error, at once: parts that were not read yet are dropped. */
  fail(error: EdgewiseError): void
  /** True once the answer has its `finish` part or its error. */
  readonly ended: boolean
}

/** A queue for one reader. */
export function createPartQueue(): PartQueue {
  let parts: StreamPart[] = []
  let failure: EdgewiseError | undefined
  let ended = false
  let wake: () => void = () => undefined

  async function* read(): AsyncGenerator<StreamPart> {
    for (;;) {
      const batch = parts
      parts = []
      for (const part of batch) {
        if (failure !== undefined) throw failure
        yield part
      }
      if (failure !== undefined) throw failure
      if (parts.length > 0) continue
      if (ended) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  return {
    push(part) {
      parts.push(part)
      if (part.type === 'finish') ended = true
      wake()
    },
    fail(error) {
      failure ??= error
      ended = true
      wake()
    },
    get ended() {
      return ended
    },
    [Symbol.asyncIterator]: read,
  }
}
