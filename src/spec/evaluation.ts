/** How a model did on one kind of task of somebody's own test. Absent figures were not measured. */
export interface EvaluationRow {
  readonly task: string
  readonly rows: number
  /** Mean score, 0..1. */
  readonly quality: number
  /** 95 %; for scores between 0 and 1 wider than it need be. */
  readonly qualityInterval: { readonly low: number; readonly high: number }
  /** Tasks without an answer; they count as wrong. */
  readonly errors: number
  /** Median. */
  readonly firstTokenMs?: number
  /** Median; tokens written over the time of the whole answer. */
  readonly tokensPerSecond?: number
  readonly meanCompletionTokens?: number
  /** US dollars for a thousand of these tasks. */
  readonly usdPerThousand?: number
}

/** What `edgewise eval` found of one model on one file of tasks. Holds no content. */
export interface ModelEvaluation {
  /** Milliseconds since 1970. */
  readonly evaluatedAt: number
  /** Id of the model, as requests name it. */
  readonly model: string
  /** Quantisation, and SHA-256 over the model's files; absent for a model elsewhere. */
  readonly variant?: string
  readonly digest?: string
  /** SHA-256 of the file of tasks. */
  readonly data: string
  /** One for each kind of task, and `all` when there are several. */
  readonly rows: readonly EvaluationRow[]
}
