import type { Decision, DecisionStep } from '../../spec/decision.ts'

/** A piece of an answer, with the time of its arrival since the request was sent. */
export interface TimedText {
  readonly atMs: number
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

export interface TextByPlaceOptions {
  readonly pieces: readonly TimedText[]
  /** When the client saw the end of the answer, on the clock of the pieces. */
  readonly endMs: number
  readonly decision: Decision
}

/**
 * An answer cut where the writing place changed. The stream does not say where a word came from, the decision says when places changed.
 * Both sides saw the first word and the end: whichever of them was under way for less time sets their clocks against each other.
 */
export function textByPlace({ pieces, endMs, decision }: TextByPlaceOptions): readonly PlacedText[] {
  const writers = writersOf(decision)
  const { firstTokenMs = 0, totalMs } = decision
  const lagMs = Math.min((pieces[0]?.atMs ?? 0) - firstTokenMs, endMs - totalMs)
  const texts = writers.map(() => '')
  for (const { atMs, text } of pieces) {
    const index = Math.max(
      0,
      writers.findLastIndex((step) => step.atMs <= atMs - lagMs),
    )
    texts[index] += text
  }
  return writers.map((step, index) => ({ step, text: texts[index] ?? '' }))
}
