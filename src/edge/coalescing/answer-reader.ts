import type { StreamPart } from '../../spec/stream-part.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { OpenAnswer, SharedAnswer, WholeAnswer } from './shared-answer.ts'
import { untilAborted } from './until-aborted.ts'

/** One client's view of a shared answer, from its beginning. It leaves when its signal aborts. */
export class AnswerReader implements AsyncIterableIterator<StreamPart> {
  readonly #shared: SharedAnswer
  readonly #signal: AbortSignal
  readonly #gone: () => void
  #place = 0
  #hasBegun = false

  constructor(shared: SharedAnswer, signal: AbortSignal) {
    this.#shared = shared
    this.#signal = signal
    this.#gone = () => this.#leave(asEdgewiseError(signal.reason))
    signal.addEventListener('abort', this.#gone, { once: true })
    if (signal.aborted) this.#gone()
  }

  /** True once the client has been told that its answer begins. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** To be called when the headers of a streamed answer go out. */
  begins(): void {
    this.#hasBegun = true
  }

  /** Waits until the request was understood and let in. Throws what it was refused for. */
  async open(): Promise<OpenAnswer> {
    return this.#orLeave(untilAborted(this.#shared.opened, this.#signal))
  }

  /** Waits for the whole of an answer that is no stream. */
  async whole(): Promise<WholeAnswer> {
    const whole = await this.#orLeave(untilAborted(this.#shared.whole(), this.#signal))
    this.#leave()
    return whole
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    const { log } = await this.#shared.opened
    const value = await this.#orLeave(log.at(this.#place))
    if (value === undefined) {
      this.#leave()
      return { done: true, value: undefined }
    }
    this.#place += 1
    return { done: false, value }
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    this.#leave(new EdgewiseError('aborted', 'the client left before the answer was complete'))
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #orLeave<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise
    } catch (thrown) {
      this.#leave(asEdgewiseError(thrown))
      throw thrown
    }
  }

  #leave(reason?: EdgewiseError): void {
    this.#signal.removeEventListener('abort', this.#gone)
    this.#shared.leave(this, reason)
  }
}
