/** True when the mask allows token `id`: bit `id % 32` of word `id >> 5`, as a constraint gives it. */
export function isInMask(mask: Uint32Array, id: number): boolean {
  return (((mask[id >> 5] ?? 0) >>> (id & 31)) & 1) === 1
}

/** One row for all, as for `softmaxWeights`. */
let row = new Float32Array(0)

/** The logits of the tokens that the mask allows, minus infinity for all others. The result is overwritten by the next call. */
export function maskedLogits(logits: Float32Array, mask: Uint32Array): Float32Array {
  if (row.length < logits.length) row = new Float32Array(logits.length)
  const masked = row.subarray(0, logits.length)
  for (let id = 0; id < logits.length; id++) {
    masked[id] = isInMask(mask, id) ? (logits[id] ?? 0) : Number.NEGATIVE_INFINITY
  }
  return masked
}
