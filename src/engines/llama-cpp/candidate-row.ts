import type { TokenProbabilities } from './llama-library.ts'

/** How far under the least probable candidate all others are set: so improbable that they only come when every candidate is forbidden. */
const gap = 60

/**
 * A row of logits (vocabulary) from the most probable tokens: their log-probabilities, the same low value for all others. A bias of 100 brings
 * even one of these to the top; a mask that leaves only such tokens finds them equally probable.
 */
export function candidateRow(probabilities: TokenProbabilities, row: Float32Array): void {
  let lowest = 0
  for (const probability of probabilities.values()) {
    // A probability may underflow to 0.
    if (probability > 0) lowest = Math.min(lowest, Math.log(probability))
  }
  row.fill(lowest - gap)
  for (const [id, probability] of probabilities) {
    if (probability > 0) row[id] = Math.log(probability)
  }
}
