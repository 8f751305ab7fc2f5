import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Begun, SharedAnswer, StreamForm, WholeAnswer } from './shared-answer.ts'

/** One client's view of a shared answer, from its beginning. It leaves when its signal aborts. */
export class AnswerReader implements AsyncIterableIterator<StreamPart> {
  readonly #shared: SharedAnswer
  readonly #signal: AbortSignal
  #place = 0
  #hasBegun = false
  /** Ends its present wait. */
  #giveUp: (reason: unknown) => void = () => {}

  constructor(shared: SharedAnswer, signal: AbortSignal) {
    this.#shared = shared
    this.#signal = signal
    signal.addEventListener('abort', this.#onGone, { once: true })
  }

  /** True once the client has been told that its answer begins. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** The request behind it, from when it was understood until its answer is over. */
  get begun(): Begun | undefined {
    return this.#shared.begun
  }

  /** Known once it is open. */
  get requestId(): string {
    return this.#shared.requestId
  }

  /** To be called when the headers of a streamed answer go out. */
  begins(): void {
    this.#hasBegun = true
  }

  /** Waits until the request was understood and let in; gives nothing for an answer that is no stream. Throws what it was refused for. */
  open(): Promise<StreamForm | undefined> {
    return this.#unlessGone(this.#shared.opened)
  }

  /** Waits for the whole of an answer that is no stream. */
  async whole(): Promise<WholeAnswer> {
    const whole = await this.#unlessGone(this.#shared.whole())
    this.#leave()
    return whole
  }

  next(): Promise<IteratorResult<StreamPart>> {
    return this.#shared.partAt(this.#place).then(this.#onPart, this.#onFailure)
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    this.#leave(new EdgewiseError('aborted', 'the client left before the answer was complete'))
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #unlessGone<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#giveUp = reject
      promise.then(resolve, (thrown: unknown) => {
        this.#leave(asEdgewiseError(thrown))
        reject(thrown)
      })
    })
  }

  readonly #onGone = () => {
    const reason = asEdgewiseError(this.#signal.reason)
    this.#leave(reason)
    this.#giveUp(reason)
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
    this.#signal.removeEventListener('abort', this.#onGone)
    this.#shared.leave(this, reason)
  }
}
