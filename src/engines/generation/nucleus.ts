// The upper 13 bits of a positive 32-bit float (sign, exponent, 4 of the mantissa) order it coarsely: 16 groups for each power of two.
const groupShift = 19
const groups = (0x3f800000 >>> groupShift) + 1

/**
 * The weight of the least probable token that belongs to the nucleus: the fewest tokens, most probable first, that hold `topP` of the mass.
 * Tokens of equal weight are in it together. Weights lie in [0, 1]. Only one group of nearly equal weights is ever sorted.
 */
export function nucleusFloor(weights: Float32Array, topP: number): number {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length)
  const massOfGroup = new Float64Array(groups)
  let total = 0
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id] ?? 0
    const group = (bits[id] ?? 0) >>> groupShift
    massOfGroup[group] = (massOfGroup[group] ?? 0) + weight
    total += weight
  }
  const wanted = topP * total
  let group = groups - 1
  let mass = 0
  while (group > 0 && mass + (massOfGroup[group] ?? 0) < wanted) mass += massOfGroup[group--] ?? 0

  const border = weights.filter((_, id) => (bits[id] ?? 0) >>> groupShift === group).sort()
  let place = border.length - 1
  while (place > 0 && mass + (border[place] ?? 0) < wanted) mass += border[place--] ?? 0
  return border[place] ?? 0
}
