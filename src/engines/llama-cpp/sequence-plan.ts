/** Sequences that may run, or be kept for a next turn, at the same time, where the memory is there. */
const wantedSequences = 4
const mostSequences = 16
/** Contexts are not cut below this for the sake of more sequences. */
const leastTokens = 2048

export interface SequencePlanOptions {
  /** Longest sequence that the model was trained for. */
  readonly trainedTokens: number
  readonly kvBytesPerToken: number
  readonly kvBudgetBytes: number
}

/** llama.cpp gives each sequence its memory in advance: how many sequences, and of how many tokens each. */
export function planSequences({ trainedTokens, kvBytesPerToken, kvBudgetBytes }: SequencePlanOptions): {
  readonly sequences: number
  readonly contextTokens: number
} {
  const tokens = Math.floor(kvBudgetBytes / kvBytesPerToken)
  const share = Math.max(leastTokens, Math.floor(tokens / wantedSequences))
  const contextTokens = Math.min(trainedTokens, share, tokens)
  const sequences = Math.min(mostSequences, Math.max(1, Math.floor(tokens / contextTokens)))
  return { sequences, contextTokens }
}
