import type { EdgewiseError } from '../../spec/errors.ts'

/** Pieces held for a slow reader before the connection is paused, in bytes. */
const highWaterBytes = 65_536

/**
 * Pieces of a response between the connection and its one reader. What came before a failure is still given to the reader, then the
 * failure is thrown.
 */
export class BodyQueue implements AsyncIterable<Uint8Array> {
  readonly #onDrain: () => void
  readonly #onLeave: () => void
  #pieces: Uint8Array[] = []
  #bytes = 0
  #end: 'open' | 'complete' | EdgewiseError = 'open'
  #wake: (() => void) | undefined
  #started = false

  /** `onDrain`: there is room again. `onLeave`: the reader went away, before or after the end. */
  constructor({ onDrain, onLeave }: { readonly onDrain: () => void; readonly onLeave: () => void }) {
    this.#onDrain = onDrain
    this.#onLeave = onLeave
  }

  /** True once a reader has begun. */
  get started(): boolean {
    return this.#started
  }

  get isFull(): boolean {
    return this.#bytes >= highWaterBytes
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#bytes += piece.byteLength
    this.#wake?.()
  }

  complete(): void {
    this.#close('complete')
  }

  /** Ends with `error`, at once when `discard` is set, else behind the pieces that are already here. */
  fail(error: EdgewiseError, discard: boolean): void {
    if (discard) this.#takeAll()
    this.#close(error)
  }

  #close(end: 'complete' | EdgewiseError): void {
    if (this.#end === 'open') this.#end = end
    this.#wake?.()
  }

  #takeAll(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.#bytes = 0
    return pieces
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#started) throw new TypeError('the body of a response can be read once')
    this.#started = true
    return { next: () => this.#next(), return: () => this.#leave() }
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const wasFull = this.isFull
    const value = this.#pieces.shift()
    if (value !== undefined) {
      this.#bytes -= value.byteLength
      if (wasFull && !this.isFull) this.#onDrain()
      return Promise.resolve({ done: false, value })
    }
    if (this.#end === 'open') {
      return new Promise((resolve) => {
        this.#wake = () => {
          this.#wake = undefined
          resolve(this.#next())
        }
      })
    }
    if (this.#end === 'complete') return this.#leave()
    const error = this.#end
    // Thrown once; then the body is over.
    this.#end = 'complete'
    this.#onLeave()
    return Promise.reject(error)
  }

  async #leave(): Promise<IteratorReturnResult<undefined>> {
    this.#takeAll()
    this.#end = 'complete'
    this.#onLeave()
    this.#wake?.()
    return { done: true, value: undefined }
  }
}
