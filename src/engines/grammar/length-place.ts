import type { LengthNode } from './length-node.ts'
import { LengthState } from './length-state.ts'

/** ASCII text behind which a value with bounded strings begins; empty: the answer is that value. */
export type LengthsByStart = ReadonlyMap<string, LengthNode>

/** Where an answer stands: in a value whose strings are bounded, or still before one. A place never changes. */
export interface Place {
  /** Undefined outside of such values. */
  readonly value: LengthState | undefined
  /** The place behind one more byte; undefined where a string would become too long or end too short. */
  after(byte: number): Place | undefined
}

/** The beginning of an answer. */
export function placeBefore(starts: LengthsByStart): Place {
  const whole = starts.get('')
  return whole === undefined ? outside(starts, '') : inside(starts, LengthState.before(whole))
}

function inside(starts: LengthsByStart, value: LengthState): Place {
  return {
    value,
    after(byte) {
      const next = value.after(byte)
      if (next === undefined) return undefined
      return next.isDone ? outside(starts, '') : inside(starts, next)
    },
  }
}

function outside(starts: LengthsByStart, text: string): Place {
  return {
    value: undefined,
    after(byte) {
      const seen = text + String.fromCharCode(byte)
      for (const [start, lengths] of starts) {
        if (start !== '' && seen.endsWith(start)) return inside(starts, LengthState.before(lengths))
      }
      const longest = Math.max(...[...starts.keys()].map(({ length }) => length))
      return outside(starts, longest < 2 ? '' : seen.slice(1 - longest))
    },
  }
}
