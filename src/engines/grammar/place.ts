import type { State } from './automaton.ts'
import type { EdgeRanges } from './edge-ranges.ts'

/** Where the rules around the present one go on when it ends. */
export interface Frame {
  readonly id: number
  /** Undefined for the one around the root. */
  readonly back: { readonly to: State; readonly below: Frame } | undefined
  /** Frames right above this one, by where they go on, and ways within it: found out while `epoch` is the present one. */
  readonly above: Map<State, Frame>
  readonly ways: Map<number, Way>
  epoch: number
}

/** One way in which a text so far can be read. */
export interface Way {
  readonly id: number
  readonly state: State
  readonly frame: Frame
  /** Characters of the present string, where they are counted. */
  readonly count: number
  /** The last place for which it was gathered. */
  mark: number
}

/** All ways in which a text so far can be read: where an answer stands. The same ways are the same object. */
export interface Place {
  readonly id: number
  readonly ways: readonly Way[]
  /** True when the text may end here. */
  readonly isEnd: boolean
  /** What was found out about the bytes behind it, while `epoch` is the present one. */
  moves: Moves | undefined
  epoch: number
}

/** The bytes that may follow, and the place behind each range of them: null where there is none, undefined as long as nobody asked. */
export interface Moves extends EdgeRanges {
  readonly places: (Place | null | undefined)[]
}
