import { newKvRows } from '../../partition/rewrites/delta-kv.ts'
import type { KvTensor } from './decoder-signature.ts'
import { allocate, copyRows, free, type KvCache, type KvData, type KvShape } from './kv-cache.ts'
import type { Tensor, Tensors } from './onnxruntime.ts'

const chunkRows = 64

interface Slot extends KvTensor {
  data: KvData
  tensor: Tensor
}

/**
 * Cache of a graph that gives only the new rows of a step: they are copied behind the old ones, in buffers that grow by 64 rows.
 * Forgetting rows only moves the position: attention never reads beyond it.
 */
export class DeltaKvCache implements KvCache {
  readonly #kv: readonly KvTensor[]
  readonly #shape: KvShape
  #slots: Slot[] = []
  #capacity = 0
  #position = 0

  constructor(kv: readonly KvTensor[], shape: KvShape) {
    this.#kv = kv
    this.#shape = shape
    this.#resize(0)
  }

  get position(): number {
    return this.#position
  }

  get bytes(): number {
    return this.#slots.reduce((sum, { data }) => sum + data.byteLength, 0)
  }

  feeds(tokens: number): Tensors {
    const rows = this.#position + tokens
    if (rows > this.#capacity) {
      this.#resize(Math.min(this.#shape.maxRows, Math.ceil(rows / chunkRows) * chunkRows))
    }
    const feeds: Record<string, Tensor> = {
      [newKvRows.from]: { data: BigInt64Array.of(BigInt(this.#position)), dims: [1] },
      [newKvRows.to]: { data: BigInt64Array.of(BigInt(rows)), dims: [1] },
    }
    for (const { past, tensor } of this.#slots) feeds[past] = tensor
    return feeds
  }

  commit(outputs: Tensors, tokens: number): void {
    for (const { present, data } of this.#slots) {
      // (1, heads, tokens, headDim)
      const added = { data: outputs[present]?.data as KvData, rows: tokens }
      copyRows(this.#shape, added, { data, rows: this.#capacity, at: this.#position }, tokens)
    }
    this.#position += tokens
  }

  truncate(position: number): void {
    this.#position = position
  }

  clear(): void {
    this.#position = 0
    this.#resize(0)
  }

  #resize(capacity: number): void {
    const { heads, headDim } = this.#shape
    const old = this.#slots
    this.#slots = this.#kv.map((names, index) => {
      const data = allocate(this.#shape, capacity)
      const before = old[index]
      if (before !== undefined) {
        const from = { data: before.data, rows: this.#capacity }
        copyRows(this.#shape, from, { data, rows: capacity, at: 0 }, this.#position)
      }
      return { ...names, data, tensor: { data, dims: [1, heads, capacity, headDim] } }
    })
    for (const { data } of old) free(data)
    this.#capacity = capacity
  }
}
