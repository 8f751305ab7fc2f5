/** Input and output of a part that carry hidden states, (batch, tokens, hiddenSize). */
export const hiddenNames = { in: 'edgewise.hidden_in', out: 'edgewise.hidden_out' } as const
