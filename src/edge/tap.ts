import { asEdgewiseError, type EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'

export interface Tap {
  readonly onPart?: (part: StreamPart) => void
  /** What the consumer is thrown in place of this error; absent: the error itself. */
  readonly mapError?: (error: EdgewiseError) => EdgewiseError
  /** Called exactly once: after the last part, with the failure, or when the consumer leaves (`left`), even before the first part. */
  readonly onEnd?: (end: { readonly error?: EdgewiseError; readonly left: boolean }) => void
}

/**
 * The same parts, watched. A generator function would miss the consumer that leaves before the first part, and every one
 * that a part passes through costs it some turns of the microtask queue: a tap costs one promise.
 */
export function tap(parts: AsyncIterable<StreamPart>, options: Tap): AsyncIterable<StreamPart> {
  return { [Symbol.asyncIterator]: () => new Tapped(parts[Symbol.asyncIterator](), options) }
}

class Tapped implements AsyncIterator<StreamPart> {
  readonly #inner: AsyncIterator<StreamPart>
  readonly #options: Tap
  #hasEnded = false

  constructor(inner: AsyncIterator<StreamPart>, options: Tap) {
    this.#inner = inner
    this.#options = options
  }

  next(): Promise<IteratorResult<StreamPart>> {
    return this.#inner.next().then(this.#onResult, this.#onError)
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    try {
      await this.#inner.return?.()
    } finally {
      this.#end({ left: true })
    }
    return { done: true, value: undefined }
  }

  readonly #onResult = (result: IteratorResult<StreamPart>) => {
    if (result.done) this.#end({ left: false })
    else {
      try {
        this.#options.onPart?.(result.value)
      } catch (bug) {
        this.#onError(bug)
      }
    }
    return result
  }

  readonly #onError = (thrown: unknown): never => {
    const error = asEdgewiseError(thrown)
    this.#end({ error, left: false })
    throw this.#options.mapError?.(error) ?? error
  }

  #end(how: Parameters<NonNullable<Tap['onEnd']>>[0]): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#options.onEnd?.(how)
  }
}
