import type { Tensors } from './onnxruntime.ts'

/** The KV cache of one sequence. A step is fed from it, runs, and is then committed; a step that fails leaves it as it was. */
export interface KvCache {
  /** Tokens in the cache. */
  readonly position: number
  /** Bytes held now. */
  readonly bytes: number
  /** Tensors to feed for a step of so many tokens. */
  feeds(tokens: number): Tensors
  /** Takes over what a step of so many tokens gave. */
  commit(outputs: Tensors, tokens: number): void
  /** Forgets everything from `position` on. */
  truncate(position: number): void
  /** Gives the memory back; the cache is empty afterwards. */
  clear(): void
}

/** Sizes of a cache: each tensor is (1, heads, rows, headDim). */
export interface KvShape {
  readonly heads: number
  readonly headDim: number
  readonly half: boolean
  readonly maxRows: number
}

export type KvData = Float32Array | Float16Array

/** Zeros for one tensor of so many rows. */
export function allocate({ heads, headDim, half }: KvShape, rows: number): KvData {
  const size = heads * rows * headDim
  return half ? new Float16Array(size) : new Float32Array(size)
}

/** Gives the memory of a tensor back at once: old arrays would otherwise pile up until a rare full garbage collection. The array is empty afterwards. */
export function free({ buffer }: KvData): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** Copies `rows` rows of every head from one tensor to another, whose numbers of rows a head may differ. */
export function copyRows(
  { heads, headDim }: KvShape,
  from: { readonly data: KvData; readonly rows: number },
  to: { readonly data: KvData; readonly rows: number; readonly at: number },
  rows: number,
): void {
  for (let head = 0; head < heads; head++) {
    const start = head * from.rows * headDim
    to.data.set(from.data.subarray(start, start + rows * headDim), (head * to.rows + to.at) * headDim)
  }
}
