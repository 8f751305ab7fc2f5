/** What an answer is held against. */
export interface Expectation {
  /** What is right; of several any one. */
  readonly expect: readonly unknown[]
  /** The words an answer may choose from, for `choice`. */
  readonly choices?: readonly string[]
  /** Largest difference that still counts, for `numeric`. */
  readonly tolerance?: number
}

/** One way to score an answer. A new one is a file here and a line in `scorers.ts`. */
export interface Scorer {
  readonly summary: string
  /** Why this expectation cannot be scored so, or undefined when it can. */
  refuses(expectation: Expectation): string | undefined
  /** 0 (wrong) to 1 (right). Never throws for an expectation that it does not refuse. */
  score(answer: string, expectation: Expectation): number
}

/** Refuses what is not text throughout. */
export function needsStrings({ expect }: Expectation): string | undefined {
  return expect.every((one) => typeof one === 'string') ? undefined : 'expect must be a string, or a list of strings'
}

/** What is expected, as strings. */
export function stringsOf({ expect }: Expectation): readonly string[] {
  return expect.map(String)
}
