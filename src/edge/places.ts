import { EdgewiseError } from '../spec/errors.ts'
import type { Priority } from '../spec/request.ts'

/** Places beyond the limit that only urgent requests may take, as a share of the limit. */
const urgentShare = 1 / 8
/** Places that background requests may have at most, as a share of the limit. */
const backgroundShare = 1 / 2

/** The places of requests that run at the same time. Nobody waits for one: who finds none goes elsewhere. */
export interface Places {
  /** How many there are; more may be running for a while after it was lowered. */
  limit: number
  readonly running: number
  /** Takes a place, which is given back by calling what it returns, once. Throws `overloaded`. */
  take(priority: Priority | undefined): () => void
}

export function createPlaces(limit: number): Places {
  let running = 0
  let background = 0

  function refuse(message: string): never {
    throw new EdgewiseError('overloaded', `${message} Try again in a second.`, { retryAfterSeconds: 1 })
  }

  return {
    limit,
    get running() {
      return running
    },
    take(priority = 'normal') {
      const most = priority === 'urgent' ? this.limit + Math.ceil(this.limit * urgentShare) : this.limit
      if (running >= most) refuse(`All ${most} places of this edge are taken.`)
      const isBackground = priority === 'background'
      const mostInBackground = Math.ceil(this.limit * backgroundShare)
      if (isBackground && background >= mostInBackground)
        refuse(`All ${mostInBackground} places for background requests are taken.`)
      running += 1
      if (isBackground) background += 1
      return () => {
        running -= 1
        if (isBackground) background -= 1
      }
    },
  }
}
