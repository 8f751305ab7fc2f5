import type { RecordedSession } from './recorded-session.ts'

/** Sessions of answers that are over, the least recently used first. It owns them until somebody takes one. */
export interface IdleSessions extends AsyncDisposable {
  /** KV cache that they hold together. */
  readonly kvBytes: number
  /**
   * Takes out the session that shares most tokens with the beginning of `prompt`, rewound to these, and at least one token short of the whole prompt.
   * Passes over those that would save fewer than 16, or lose more than they save (somebody else's conversation), unless they are the next to be
   * closed anyway.
   */
  take(prompt: readonly number[]): RecordedSession | undefined
  /** Takes out the session that would be closed next, emptied, when there are as many as can be kept: cheaper than to close it and open another. */
  recycle(): RecordedSession | undefined
  /** Takes over a session; closes the least recently used one when there are too many. */
  keep(session: RecordedSession): Promise<void>
  /** Closes the least recently used ones until the rest holds at most so many bytes. */
  shrinkTo(kvBytes: number): Promise<void>
}

/** Fewer shared tokens save less than their steps are worth, and a template's first words are in every prompt. */
const leastShared = 16

/** A keeper of at most so many sessions; it has none yet. Once it is closed, it closes whatever it is given. */
export function createIdleSessions(most = 8): IdleSessions {
  const idle: RecordedSession[] = []
  const kvBytes = () => idle.reduce((sum, session) => sum + session.kvBytes, 0)
  let isClosed = false

  async function closeWhile(isTooMuch: () => boolean): Promise<void> {
    const closing: PromiseLike<void>[] = []
    while (idle.length > 0 && isTooMuch()) closing.push(...idle.splice(0, 1).map((one) => one[Symbol.asyncDispose]()))
    await Promise.all(closing)
  }

  return {
    get kvBytes() {
      return kvBytes()
    },
    take(prompt) {
      let best: RecordedSession | undefined
      let shared = 0
      for (const session of idle) {
        const { length: held } = session.ids
        const length = Math.min(sharedLength(session.ids, prompt), prompt.length - 1)
        const isExpendable = session === idle[0] && idle.length >= most
        if (length < Math.max(shared, leastShared) || (2 * length < held && !isExpendable)) continue
        if (length > shared || held < (best?.ids.length ?? 0)) [best, shared] = [session, length]
      }
      if (best === undefined) return undefined
      idle.splice(idle.indexOf(best), 1)
      best.rewind(shared)
      return best
    },
    recycle() {
      const session = idle.length < most ? undefined : idle.shift()
      session?.rewind(0)
      return session
    },
    async keep(session) {
      idle.push(session)
      await closeWhile(() => isClosed || idle.length > most)
    },
    shrinkTo: (limit) => closeWhile(() => kvBytes() > limit),
    async [Symbol.asyncDispose]() {
      isClosed = true
      await closeWhile(() => true)
    },
  }
}

function sharedLength(left: readonly number[], right: readonly number[]): number {
  const most = Math.min(left.length, right.length)
  let length = 0
  while (length < most && left[length] === right[length]) length++
  return length
}
