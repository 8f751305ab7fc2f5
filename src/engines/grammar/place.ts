import type { State } from './automaton.ts'

/** Where the rules around the present one go on when it ends. */
export interface Frame {
  readonly id: number
  /** Undefined for the one around the root. */
  readonly back: { readonly to: State; readonly below: Frame } | undefined
}

/** One way in which a text so far can be read. */
export interface Way {
  readonly id: number
  readonly state: State
  readonly frame: Frame
  /** Characters of the present string, where they are counted. */
  readonly count: number
}

/** All ways in which a text so far can be read: where an answer stands. The same ways are the same object. */
export interface Place {
  readonly id: number
  readonly ways: readonly Way[]
  /** True when the text may end here. */
  readonly isEnd: boolean
  /** Places behind bytes, as far as they are known; null where the byte is not allowed. */
  readonly next: Map<number, Place | null>
}
