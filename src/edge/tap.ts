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
 * The same parts, watched. A generator function would miss the consumer that leaves before the first part, and every one that a part
 * passes through costs it some turns of the microtask queue: taps on one another cost one promise together.
 */
export function tap(parts: AsyncIterable<StreamPart>, options: Tap): AsyncIterable<StreamPart> {
  return parts instanceof TappedParts
    ? new TappedParts(parts.inner, [...parts.taps, options])
    : new TappedParts(parts, [options])
}

class TappedParts implements AsyncIterable<StreamPart> {
  readonly inner: AsyncIterable<StreamPart>
  /** The innermost first. */
  readonly taps: readonly Tap[]

  constructor(inner: AsyncIterable<StreamPart>, taps: readonly Tap[]) {
    this.inner = inner
    this.taps = taps
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamPart> {
    return new Tapped(this.inner[Symbol.asyncIterator](), this.taps)
  }
}

class Tapped implements AsyncIterator<StreamPart> {
  readonly #inner: AsyncIterator<StreamPart>
  readonly #taps: readonly Tap[]
  /** Taps before this index have not been told of the end. */
  #open: number

  constructor(inner: AsyncIterator<StreamPart>, taps: readonly Tap[]) {
    this.#inner = inner
    this.#taps = taps
    this.#open = taps.length
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
      for (let index = 0; index < this.#taps.length; index += 1) {
        try {
          this.#taps[index]?.onPart?.(result.value)
        } catch (bug) {
          this.#fail(bug, index)
        }
      }
    }
    return result
  }

  readonly #onError = (thrown: unknown): never => this.#fail(thrown, 0)

  /** The failure as each tap from this one on makes it of what the one before it threw. */
  #fail(thrown: unknown, from: number): never {
    const open = this.#open
    this.#open = Math.min(open, from)
    let error = asEdgewiseError(thrown)
    for (const [index, { onEnd, mapError }] of this.#taps.entries()) {
      if (index < from) continue
      if (index < open) onEnd?.({ error, left: false })
      error = mapError?.(error) ?? error
    }
    throw error
  }

  #end(how: Parameters<NonNullable<Tap['onEnd']>>[0]): void {
    const told = this.#taps.slice(0, this.#open)
    this.#open = 0
    for (const { onEnd } of told) onEnd?.(how)
  }
}
