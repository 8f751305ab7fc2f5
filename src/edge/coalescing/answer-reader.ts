import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { PartLog } from './part-log.ts'
import type { Begun, OpenAnswer, SharedAnswer, WholeAnswer } from './shared-answer.ts'
import { untilAborted } from './until-aborted.ts'

/** One client's view of a shared answer, from its beginning. It leaves when its signal aborts. */
export class AnswerReader implements AsyncIterableIterator<StreamPart> {
  readonly #shared: SharedAnswer
  readonly #signal: AbortSignal
  readonly #gone: () => void
  #log: PartLog | undefined
  #place = 0
  #hasBegun = false

  constructor(shared: SharedAnswer, signal: AbortSignal) {
    this.#shared = shared
    this.#signal = signal
    this.#gone = () => this.#leave(asEdgewiseError(signal.reason))
    signal.addEventListener('abort', this.#gone, { once: true })
  }

  /** True once the client has been told that its answer begins. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** The request behind it, once it was understood. */
  get begun(): Begun | undefined {
    return this.#shared.begun
  }

  /** To be called when the headers of a streamed answer go out. */
  begins(): void {
    this.#hasBegun = true
  }

  /** Waits until the request was understood and let in. Throws what it was refused for. */
  open(): Promise<OpenAnswer> {
    return untilAborted(this.#shared.opened, this.#signal).catch(this.#onFailure)
  }

  /** Waits for the whole of an answer that is no stream. */
  async whole(): Promise<WholeAnswer> {
    const whole = await untilAborted(this.#shared.whole(), this.#signal).catch(this.#onFailure)
    this.#leave()
    return whole
  }

  next(): Promise<IteratorResult<StreamPart>> {
    if (this.#log !== undefined) return this.#log.at(this.#place).then(this.#onPart, this.#onFailure)
    return this.#shared.opened.then(({ log }) => {
      this.#log = log
      return this.next()
    }, this.#onFailure)
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    this.#leave(new EdgewiseError('aborted', 'the client left before the answer was complete'))
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  readonly #onPart = (value: StreamPart | undefined): IteratorResult<StreamPart> => {
    if (value === undefined) {
      this.#leave()
      return { done: true, value }
    }
    this.#place += 1
    return { done: false, value }
  }

  readonly #onFailure = (thrown: unknown): never => {
    this.#leave(asEdgewiseError(thrown))
    throw thrown
  }

  #leave(reason?: EdgewiseError): void {
    this.#signal.removeEventListener('abort', this.#gone)
    this.#shared.leave(this, reason)
  }
}
