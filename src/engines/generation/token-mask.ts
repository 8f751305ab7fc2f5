/** True when the mask allows token `id`: bit `id % 32` of word `id >> 5`, as a constraint gives it. */
export function isInMask(mask: Uint32Array, id: number): boolean {
  return (((mask[id >> 5] ?? 0) >>> (id & 31)) & 1) === 1
}

/** A mask that allows none of so many tokens. */
export function emptyMask(size: number): Uint32Array {
  return new Uint32Array(Math.ceil(size / 32))
}

/** Sets the bit of a token. */
export function allow(mask: Uint32Array, id: number): void {
  mask[id >> 5] = (mask[id >> 5] ?? 0) | (1 << (id & 31))
}

/** Allows what the other mask, of as many tokens, allows too. */
export function addMask(mask: Uint32Array, other: Uint32Array): void {
  for (let word = 0; word < mask.length; word++) mask[word] = (mask[word] ?? 0) | (other[word] ?? 0)
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
