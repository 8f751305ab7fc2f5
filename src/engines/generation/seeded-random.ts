import type { Random } from '../../spec/ports.ts'

/**
 * Uniform numbers in [0, 1) that depend on the seed alone, the same on every machine.
 * xoshiro128** by Blackman and Vigna (2018), its state filled by splitmix32; both are in the public domain.
 */
export function createSeededRandom(seed: number): Random {
  // Both halves of a large integer count.
  let state = mix(mix(seed | 0) ^ Math.floor(seed / 2 ** 32))
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    return mix(state)
  }
  const random = xoshiro128([next(), next(), next(), next()])
  return () => random() / 2 ** 32
}

/** The generator itself: whole numbers in [0, 2^32) from a state that is not all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result >>> 0
  }
}

/** splitmix32's finaliser. */
function mix(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
  const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97)
  return twice ^ (twice >>> 15)
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
