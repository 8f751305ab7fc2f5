/** Element types of ONNX tensors that decoders use, with their numbers in the format. */
export const dataType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const

const bitsByType = new Map<number, number>([
  [1, 32],
  [2, 8],
  [3, 8],
  [4, 16],
  [5, 16],
  [6, 32],
  [7, 64],
  [9, 8],
  [10, 16],
  [11, 64],
  [12, 32],
  [13, 64],
  [14, 64],
  [15, 128],
  [16, 16],
  [17, 8],
  [18, 8],
  [19, 8],
  [20, 8],
  [21, 4],
  [22, 4],
])

/** Bytes that a tensor of this type and shape takes, or undefined for a type without a fixed size. May exceed 2^53 for absurd shapes. */
export function tensorBytes(type: number, dims: readonly number[]): number | undefined {
  const bits = bitsByType.get(type)
  if (bits === undefined) return undefined
  return Math.ceil((dims.reduce((product, dim) => product * dim, 1) * bits) / 8)
}
