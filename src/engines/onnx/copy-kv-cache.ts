import type { KvTensor } from './decoder-signature.ts'
import { allocate, copyRows, type KvCache, type KvData, type KvShape } from './kv-cache.ts'
import type { Tensor, Tensors } from './onnxruntime.ts'

/** Cache of a graph that gives all rows after each step: its output is the next step's input. Forgetting rows packs the tensors anew. */
export class CopyKvCache implements KvCache {
  readonly #kv: readonly KvTensor[]
  readonly #shape: KvShape
  #tensors: Record<string, Tensor> = {}
  #position = 0

  constructor(kv: readonly KvTensor[], shape: KvShape) {
    this.#kv = kv
    this.#shape = shape
    this.clear()
  }

  get position(): number {
    return this.#position
  }

  get bytes(): number {
    return Object.values(this.#tensors).reduce((sum, { data }) => sum + data.byteLength, 0)
  }

  feeds(): Tensors {
    return this.#tensors
  }

  commit(outputs: Tensors, tokens: number): void {
    this.#fill(({ present }) => outputs[present])
    this.#position += tokens
  }

  truncate(position: number): void {
    if (position === this.#position) return
    const { heads, headDim } = this.#shape
    const old = this.#tensors
    this.#fill(({ past }) => {
      const data = allocate(this.#shape, position)
      const from = { data: old[past]?.data as KvData, rows: this.#position }
      copyRows(this.#shape, from, { data, rows: position, at: 0 }, position)
      return { data, dims: [1, heads, position, headDim] }
    })
    this.#position = position
  }

  clear(): void {
    const { heads, headDim } = this.#shape
    this.#position = 0
    this.#fill(() => ({ data: allocate(this.#shape, 0), dims: [1, heads, 0, headDim] }))
  }

  #fill(tensorOf: (names: KvTensor) => Tensor | undefined): void {
    const entries = this.#kv.map((names) => [names.past, tensorOf(names)])
    this.#tensors = Object.fromEntries(entries)
  }
}
