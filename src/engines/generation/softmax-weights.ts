/** Less than e^-40 of the best: a vocabulary of such tokens is still improbable. */
const negligible = -40

/** One row for all, since a new one of 150 000 numbers for every token is work for the garbage collector. */
let row = new Float32Array(0)

/**
 * Probability of each token relative to the highest one's, at this temperature: e^((logit - highest) / temperature), 0 where negligible.
 * The result is overwritten by the next call.
 */
export function softmaxWeights(logits: Float32Array, highest: number, temperature: number): Float32Array {
  if (row.length < logits.length) row = new Float32Array(logits.length)
  const weights = row.subarray(0, logits.length)
  const scale = 1 / temperature
  for (let id = 0; id < logits.length; id++) {
    const exponent = ((logits[id] ?? 0) - highest) * scale
    weights[id] = exponent > negligible ? Math.exp(exponent) : 0
  }
  return weights
}
