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

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#started) throw new TypeError('the body of a response can be read once')
    this.#started = true
    try {
      for (;;) {
        const wasFull = this.isFull
        const piece = this.#pieces.shift()
        if (piece !== undefined) {
          this.#bytes -= piece.byteLength
          if (wasFull && !this.isFull) this.#onDrain()
          yield piece
        } else if (this.#end === 'complete') return
        else if (this.#end !== 'open') throw this.#end
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
          this.#wake = undefined
        }
      }
    } finally {
      this.#takeAll()
      this.#onLeave()
    }
  }
}
