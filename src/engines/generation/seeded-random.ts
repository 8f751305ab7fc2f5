import type { Random } from '../../spec/ports.ts'

/**
 * Uniform numbers in [0, 1) that depend on the seed alone, the same on every machine.
 * xoshiro128** by Blackman and Vigna (2018), its state filled by splitmix32; both are in the public domain.
 */
export function createSeededRandom(seed: number): Random {
  // Both halves of a large integer seed count.
  let mixer = (Math.floor(seed / 2 ** 32) ^ Math.imul(seed | 0, 0x9e3779b1)) | 0
  const next = () => {
    mixer = (mixer + 0x9e3779b9) | 0
    let word = Math.imul(mixer ^ (mixer >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return word ^ (word >>> 15)
  }
  let [a, b, c, d] = [next(), next(), next(), next()]
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return (result >>> 0) / 2 ** 32
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
