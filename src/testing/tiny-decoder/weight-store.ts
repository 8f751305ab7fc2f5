import { closeSync, openSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import type { Payload } from '../../partition/onnx-model.ts'
import type { Random } from '../../spec/ports.ts'

const blockValues = 1 << 16
const alignment = 4096

/** A seeded generator of uniform numbers (mulberry32): the same seed gives the same model on any machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Takes weights block by block, and keeps them in the graph or in a file beside it. Memory does not grow with the file. */
export class WeightStore implements Disposable {
  readonly #file: string | undefined
  readonly #descriptor: number | undefined
  #length = 0

  /** `path`: the external data file to write; absent: weights stay in the graph. */
  constructor(path?: string) {
    this.#file = path === undefined ? undefined : basename(path)
    this.#descriptor = path === undefined ? undefined : openSync(path, 'w')
  }

  /** `count` floats, the i-th being `valueAt(i)`. */
  floats(count: number, half: boolean, valueAt: (index: number) => number): Payload {
    return this.#add(count, (start, size) => {
      const block = half ? new Float16Array(size) : new Float32Array(size)
      for (let index = 0; index < size; index++) block[index] = valueAt(start + index)
      return new Uint8Array(block.buffer)
    })
  }

  /** `count` random bytes. */
  randomBytes(count: number, random: Random): Payload {
    return this.#add(count, (_, size) => {
      const words = new Uint32Array(Math.ceil(size / 4))
      for (let index = 0; index < words.length; index++) words[index] = random() * 2 ** 32
      return new Uint8Array(words.buffer, 0, size)
    })
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
  }

  #add(count: number, blockAt: (start: number, size: number) => Uint8Array): Payload {
    if (this.#file === undefined || this.#descriptor === undefined) return { kind: 'bytes', bytes: blockAt(0, count) }
    const offset = Math.ceil(this.#length / alignment) * alignment
    this.#length = offset
    for (let start = 0; start < count; start += blockValues) {
      const block = blockAt(start, Math.min(blockValues, count - start))
      this.#length += writeSync(this.#descriptor, block, 0, block.length, this.#length)
    }
    return { kind: 'raw', file: this.#file, offset, length: this.#length - offset }
  }
}
