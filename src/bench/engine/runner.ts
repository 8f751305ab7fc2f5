/** A prompt, as each runner takes it. */
export interface Prompt {
  /** Content of the one user message. */
  readonly content: string
  /** Ids of that message in the model's chat template. */
  readonly ids: readonly number[]
}

/** One answer of exactly as many tokens as were asked for. */
export interface TimedAnswer {
  /** From the call to the first token. */
  readonly firstTokenMs: number
  /** From the first token to the last. */
  readonly decodeMs: number
}

/** One model in a process of its own, answering greedily and never stopping early: Edgewise, or a bare loop. */
export interface Runner extends AsyncDisposable {
  /** Throws when the answer has another length. */
  answer(prompt: Prompt, tokens: number): Promise<TimedAnswer>
  /** Resident memory of the process. NaN where the system does not tell. */
  rssMiB(): Promise<number>
}
