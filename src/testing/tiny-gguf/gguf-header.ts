/** A value of a GGUF file's metadata. Numbers are unsigned 32-bit integers unless wrapped as `f32`. */
export type GgufValue =
  | string
  | boolean
  | number
  | { readonly f32: number }
  | { readonly strings: readonly string[] }
  | { readonly int32s: readonly number[] }

/** One tensor's entry in a GGUF header. */
export interface GgufTensorEntry {
  readonly name: string
  /** Innermost dimension first, as ggml counts. */
  readonly dims: readonly number[]
  /** ggml's number of the data type. */
  readonly type: number
  /** Bytes from the beginning of the tensor data. */
  readonly offset: number
}

/** Tensor data begins, and so does each tensor, at a multiple of so many bytes. */
export const ggufAlignment = 32

const codes = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const

/** The beginning of a GGUF file (version 3, little endian), padded up to where the tensor data begins. */
export function encodeGgufHeader(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensorEntry[],
): Uint8Array {
  const pieces: Buffer[] = []
  const entries = Object.entries(metadata)
  pieces.push(Buffer.from('GGUF'), uint32(3), uint64(tensors.length), uint64(entries.length))
  for (const [key, value] of entries) pieces.push(text(key), valueBytes(value))
  for (const { name, dims, type, offset } of tensors) {
    pieces.push(text(name), uint32(dims.length), ...dims.map(uint64), uint32(type), uint64(offset))
  }
  const header = Buffer.concat(pieces)
  return Buffer.concat([header, Buffer.alloc(-header.length & (ggufAlignment - 1))])
}

function valueBytes(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([uint32(codes.string), text(value)])
  if (typeof value === 'boolean') return Buffer.concat([uint32(codes.bool), Buffer.of(value ? 1 : 0)])
  if (typeof value === 'number') return Buffer.concat([uint32(codes.uint32), uint32(value)])
  if ('f32' in value) return Buffer.concat([uint32(codes.float32), Buffer.from(Float32Array.of(value.f32).buffer)])
  if ('strings' in value) return array(codes.string, value.strings.length, value.strings.map(text))
  return array(codes.int32, value.int32s.length, [Buffer.from(Int32Array.from(value.int32s).buffer)])
}

function array(code: number, length: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(codes.array), uint32(code), uint64(length), Buffer.concat(items)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
