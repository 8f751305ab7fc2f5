import type { Priority } from '../../spec/request.ts'
import type { Session } from '../engine.ts'
import type { SpeedMeter } from './speed-meter.ts'
import type { Turns } from './turns.ts'

export interface SessionInTurnsOptions {
  readonly turns: Turns
  readonly meter: SpeedMeter
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
  readonly signal: AbortSignal
  /** `normal` when absent. */
  readonly priority?: Priority | undefined
}

/** The same session, each step of which waits for its turn and is timed without the waiting. Throws `aborted` when the signal aborts meanwhile. */
export function sessionInTurns(session: Session, options: SessionInTurnsOptions): Session {
  const { turns, meter, monotonic, signal, priority } = options
  return {
    get position() {
      return session.position
    },
    get kvBytes() {
      return session.kvBytes
    },
    step: (input, rows) =>
      turns.run(
        async () => {
          const start = monotonic()
          const output = await session.step(input, rows)
          meter.record(input.kind === 'tokens' ? input.ids.length : input.tokens, monotonic() - start)
          return output
        },
        signal,
        priority,
      ),
    rewind: (position) => session.rewind(position),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}
