import { asEdgewiseError, type EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'

/** The parts of one answer, kept from the first on, so that several readers can each be at another place of it. */
export class PartLog {
  readonly #iterator: AsyncIterator<StreamPart>
  readonly #onEnd: (error: EdgewiseError | undefined) => void
  readonly #parts: StreamPart[] = []
  #advancing: Promise<void> | undefined
  #end: { readonly error: EdgewiseError | undefined } | undefined

  /** `onEnd` is called once, behind the last part or with the failure. */
  constructor(parts: AsyncIterable<StreamPart>, onEnd: (error: EdgewiseError | undefined) => void) {
    this.#iterator = parts[Symbol.asyncIterator]()
    this.#onEnd = onEnd
  }

  get parts(): readonly StreamPart[] {
    return this.#parts
  }

  get isOver(): boolean {
    return this.#end !== undefined
  }

  /** The part at this place, which is made when nobody asked for it yet; undefined behind the last one. Throws the failure there. */
  at(index: number): Promise<StreamPart | undefined> {
    const part = this.#parts[index]
    if (part !== undefined) return Promise.resolve(part)
    if (this.#end === undefined) return this.advance().then(() => this.at(index))
    return this.#end.error === undefined ? Promise.resolve(undefined) : Promise.reject(this.#end.error)
  }

  /** All parts, once the last one is there. Throws the failure. */
  async all(): Promise<readonly StreamPart[]> {
    while (this.#end === undefined) await this.advance()
    if (this.#end.error !== undefined) throw this.#end.error
    return this.#parts
  }

  /** Makes one more part, whoever and however many ask for it. Never throws: the failure is kept. */
  advance(): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve()
    this.#advancing ??= this.#iterator.next().then(
      ({ done, value }) => {
        this.#advancing = undefined
        if (done === true) this.#finish(undefined)
        else this.#parts.push(value)
      },
      (thrown: unknown) => {
        this.#advancing = undefined
        this.#finish(asEdgewiseError(thrown))
      },
    )
    return this.#advancing
  }

  /** Ends the work for this reason, unless it has ended. */
  stop(reason: EdgewiseError): void {
    if (this.#end !== undefined) return
    this.#iterator.return?.().catch(() => {})
    this.#finish(reason)
  }

  #finish(error: EdgewiseError | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    this.#onEnd(error)
  }
}
