import type { Session } from '../engine.ts'

/** A session that knows the tokens in its KV cache. */
export interface RecordedSession extends Session {
  /** The tokens, one for each position. */
  readonly ids: readonly number[]
  /** False once a step failed or took something else than tokens: what the cache holds is then not known for sure. */
  readonly isSound: boolean
}

/** Records what a new session is given. */
export function recordSession(session: Session): RecordedSession {
  const ids: number[] = []
  let isSound = true
  return {
    get position() {
      return session.position
    },
    get kvBytes() {
      return session.kvBytes
    },
    ids,
    get isSound() {
      return isSound
    },
    async step(input, rows) {
      const wasSound = isSound
      isSound = false
      const output = await session.step(input, rows)
      if (input.kind === 'tokens') {
        for (const id of input.ids) ids.push(id)
        isSound = wasSound
      }
      return output
    },
    rewind(position) {
      session.rewind(position)
      ids.length = position
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}
