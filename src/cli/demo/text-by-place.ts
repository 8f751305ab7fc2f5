import type { Decision, DecisionStep } from '../../spec/decision.ts'

/** A piece of an answer. `stretch` counts the changes of place before it: 0 is where the answer began. */
export interface PlacedPiece {
  readonly stretch: number
  readonly text: string
}

/** A stretch of an answer, with the place that gave it. */
export interface PlacedText {
  readonly step: DecisionStep
  readonly text: string
}

/** The steps of a decision that gave text, in order: the answer had begun before the next place took over. */
export function writersOf({ steps, firstTokenMs = Number.POSITIVE_INFINITY }: Decision): readonly DecisionStep[] {
  return steps.filter((_, index) => (steps[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) > firstTokenMs)
}

/** An answer cut where the stream said that another place goes on. */
export function textByPlace(pieces: readonly PlacedPiece[], decision: Decision): readonly PlacedText[] {
  return writersOf(decision).map((step, index) => {
    const own = pieces.filter(({ stretch }) => stretch === index)
    return { step, text: own.map(({ text }) => text).join('') }
  })
}
