// The upper 13 bits of a positive 32-bit float (sign, exponent, 4 of the mantissa) order it coarsely: 16 groups for each power of two.
const groupShift = 19
const groups = (0x3f800000 >>> groupShift) + 1

/**
 * The weight of the least probable token that belongs to the nucleus: the fewest tokens, most probable first, that hold `topP` of the mass.
 * Tokens of equal weight are in it together. Weights lie in [0, 1]. Only one group of nearly equal weights is ever sorted.
 */
export function nucleusFloor(weights: Float32Array, topP: number): number {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length)
  const massOf = new Float64Array(groups)
  const sizeOf = new Uint32Array(groups)
  let total = 0
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id] ?? 0
    const group = (bits[id] ?? 0) >>> groupShift
    massOf[group] = (massOf[group] ?? 0) + weight
    sizeOf[group] = (sizeOf[group] ?? 0) + 1
    total += weight
  }
  const wanted = topP * total
  let group = groups - 1
  let mass = 0
  while (group > 0 && mass + (massOf[group] ?? 0) < wanted) mass += massOf[group--] ?? 0

  const border = new Float32Array(sizeOf[group] ?? 0)
  let found = 0
  for (let id = 0; found < border.length; id++) {
    if ((bits[id] ?? 0) >>> groupShift === group) border[found++] = weights[id] ?? 0
  }
  border.sort()
  let place = border.length - 1
  while (place > 0 && mass + (border[place] ?? 0) < wanted) mass += border[place--] ?? 0
  return border[place] ?? 0
}
