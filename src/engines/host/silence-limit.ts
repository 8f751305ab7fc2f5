/** What a busy machine, a collection of garbage or a slow disk may take from a process. */
const floorMs = 10_000
/** Of a model whose pace is not known. */
const slowestTokensPerSecond = 20

export interface ExplainedSilence {
  /** The most that is read without a look at what else there is. */
  readonly tokens: number
  /** As measured; undefined where it was not. */
  readonly tokensPerSecond: number | undefined
}

/** Milliseconds for which a process that reads so many tokens may say nothing: twice the time that its pace explains, and never less than ten seconds. */
export function silenceLimitMs({ tokens, tokensPerSecond = slowestTokensPerSecond }: ExplainedSilence): number {
  return floorMs + (2 * 1000 * tokens) / tokensPerSecond
}
