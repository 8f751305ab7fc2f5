import type { Random } from '../../spec/ports.ts'

/** Data types that random weights can be written in, with ggml's numbers for them. */
export const ggufTypes = { f32: 0, f16: 1, q4_0: 2, q8_0: 8 } as const
export type GgufType = keyof typeof ggufTypes

/** Values that one scale of the quantised types stands for. */
const blockSize = 32
/** Standard deviation of uniform whole numbers: 256 of a signed byte, 16 of a half byte. */
const byteDeviation = 73.9
const halfByteDeviation = 4.61

/** Bytes of so many weights of a type. */
export function ggufBytes(type: GgufType, count: number): number {
  switch (type) {
    case 'f32':
      return 4 * count
    case 'f16':
      return 2 * count
    case 'q4_0':
      return (count / blockSize) * (2 + blockSize / 2)
    case 'q8_0':
      return (count / blockSize) * (2 + blockSize)
    default:
      return type satisfies never
  }
}

/** `count` random weights around 0 with this standard deviation; `count` is a multiple of 32 for the quantised types. */
export function randomWeights(type: GgufType, count: number, deviation: number, random: Random): Uint8Array {
  if (type === 'f32' || type === 'f16') {
    const values = type === 'f32' ? new Float32Array(count) : new Float16Array(count)
    for (let index = 0; index < count; index++) values[index] = (2 * random() - 1) * Math.sqrt(3) * deviation
    return new Uint8Array(values.buffer)
  }
  const words = new Uint32Array(ggufBytes(type, count) / 2)
  for (let index = 0; index < words.length; index++) words[index] = random() * 2 ** 32
  const bytes = new Uint8Array(words.buffer, 0, ggufBytes(type, count))
  const size = ggufBytes(type, blockSize)
  const scale = Float16Array.of(deviation / (type === 'q8_0' ? byteDeviation : halfByteDeviation))
  const scaleBytes = new Uint8Array(scale.buffer)
  for (let start = 0; start < bytes.length; start += size) bytes.set(scaleBytes, start)
  return bytes
}

/** `count` f32 ones, as the weights of an untrained norm are. */
export function ones(count: number): Uint8Array {
  return new Uint8Array(new Float32Array(count).fill(1).buffer)
}
