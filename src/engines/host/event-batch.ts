import type { CallEvent } from './protocol.ts'

/** Parts that follow each other faster than this go as one message: sending costs as much as a step of a very small model. */
const gatherMs = 8

export interface EventBatchOptions {
  readonly send: (events: CallEvent[]) => void
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
}

/** Gathers events for the parent process. The first one after a pause goes at once, and so does the end of every answer. */
export function createEventBatch({ send, monotonic }: EventBatchOptions): { post(event: CallEvent): void } {
  let events: CallEvent[] = []
  let sentAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    sentAt = monotonic()
    send(events)
    events = []
  }

  return {
    post(event) {
      events.push(event)
      const isLast = 'error' in event || event.part.type === 'finish'
      if (isLast || monotonic() - sentAt >= gatherMs) flush()
      else timer ??= setTimeout(flush, gatherMs)
    },
  }
}
