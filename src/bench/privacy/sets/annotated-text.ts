/** A text with the stretches that somebody marked, [start, end) in UTF-16 units, in the classes of whoever marked them. */
export interface AnnotatedText {
  readonly text: string
  readonly spans: readonly MarkedSpan[]
  /** What the text was made from, where a set has it: texts of one template belong to one side of a split. */
  readonly template?: number
}

export interface MarkedSpan {
  readonly start: number
  readonly end: number
  readonly entity: string
}
