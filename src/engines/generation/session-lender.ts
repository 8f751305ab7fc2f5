import type { Session } from '../engine.ts'
import type { Admission, Admitted } from './admission.ts'
import { createIdleSessions } from './idle-sessions.ts'
import { type RecordedSession, recordSession } from './recorded-session.ts'

export interface SessionLenderOptions {
  readonly admission: Admission
  readonly openSession: () => Session
  /** Memory for the KV caches of running and idle sessions together. */
  readonly kvBudgetBytes: number
}

export interface LendOptions {
  readonly prompt: readonly number[]
  readonly maxTokens?: number | undefined
  /** Begins with an empty cache: the same steps, and so the same logits to the last digit, whatever was asked before. */
  readonly startsCold?: boolean
}

/** A session for one request, with its share of the memory. Both go back when it is disposed; no step may then be running. */
export interface LentSession extends AsyncDisposable {
  /** Holds a beginning of the prompt that an earlier request left, or nothing. */
  readonly session: Session
  readonly admitted: Pick<Admitted, 'room' | 'progress'>
}

/**
 * Lends sessions, and keeps those that come back, so that the next turn of a conversation reads only what is new. Kept sessions take only memory
 * that no running request has a share of.
 */
export interface SessionLender extends AsyncDisposable {
  /** KV cache of the kept sessions. */
  readonly idleBytes: number
  /** Throws as `Admission` does, as if no session were kept: they give way. */
  lend(options: LendOptions): Promise<LentSession>
}

/** A lender that keeps no session yet. */
export function createSessionLender({ admission, openSession, kvBudgetBytes }: SessionLenderOptions): SessionLender {
  const idle = createIdleSessions()
  const giveWay = () => idle.shrinkTo(kvBudgetBytes - admission.kvBytes)

  async function sessionFor({ prompt, startsCold = false }: LendOptions, admitted: Admitted): Promise<RecordedSession> {
    const kept = (startsCold ? undefined : idle.take(prompt)) ?? idle.recycle()
    if (kept === undefined) return recordSession(openSession())
    // To rewind a session gives none of its memory back.
    if (admitted.cover(kept.kvBytes)) return kept
    await kept[Symbol.asyncDispose]()
    return recordSession(openSession())
  }

  async function giveBack(session: RecordedSession, admitted: Admitted): Promise<void> {
    admitted[Symbol.dispose]()
    if (session.isSound && session.position > 0) await idle.keep(session)
    else await session[Symbol.asyncDispose]()
    await giveWay()
  }

  return {
    get idleBytes() {
      return idle.kvBytes
    },
    async lend(options) {
      const admitted = admission.admit(options.prompt.length, options.maxTokens)
      try {
        const session = await sessionFor(options, admitted)
        await giveWay()
        return { session, admitted, [Symbol.asyncDispose]: () => giveBack(session, admitted) }
      } catch (thrown) {
        admitted[Symbol.dispose]()
        throw thrown
      }
    },
    [Symbol.asyncDispose]: () => idle[Symbol.asyncDispose](),
  }
}
