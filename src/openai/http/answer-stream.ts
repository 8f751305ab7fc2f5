import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { sseComment } from '../sse.ts'

/** Turns the parts of one answer into the text of server-sent events; one per answer, used in order. */
export interface AnswerEncoder {
  /** Zero or more whole events; the `finish` part also closes the answer. */
  push(part: StreamPart): string
  /** What closes an answer that cannot be finished; nothing when it is already closed. */
  error(error: EdgewiseError): string
}

export interface StreamAnswerOptions {
  readonly parts: AsyncIterable<StreamPart>
  readonly encoder: AnswerEncoder
  /** Aborts when the client goes away or the request takes too long; the parts are expected to obey it too. */
  readonly signal: AbortSignal
  /** A comment line is sent after a silence of this length; no silence lasts twice as long. */
  readonly keepAliveMs: number
  readonly clock: Clock
}

const keepAlive = new TextEncoder().encode(sseComment())

/**
 * The body of a streamed answer. Asks for the next part only when the client has taken the last one; ends with an error event when
 * the parts throw or the signal aborts, never by breaking off; lets go of the parts when the client goes.
 */
export function streamAnswer(options: StreamAnswerOptions): ReadableStream<Uint8Array> {
  return new ReadableStream(new AnswerSource(options))
}

class AnswerSource {
  readonly #options: StreamAnswerOptions
  readonly #parts: AsyncIterator<StreamPart>
  readonly #bytes = new TextEncoder()
  #isOver = false
  #isQuiet = true
  #leave: (() => void) | undefined
  #cancelKeepAlive = () => {}

  constructor(options: StreamAnswerOptions) {
    this.#options = options
    this.#parts = options.parts[Symbol.asyncIterator]()
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal } = this.#options
    const leave = () => this.#fail(controller, reasonOf(signal))
    if (signal.aborted) {
      leave()
      return
    }
    this.#leave = leave
    signal.addEventListener('abort', leave, { once: true })
    this.#keepAlive(controller)
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { encoder, signal } = this.#options
    try {
      let events = ''
      // A pull that enqueues nothing would not be followed by another one.
      while (events === '' && !this.#isOver) {
        const { done, value } = await this.#parts.next()
        if (this.#isOver) return
        if (done === true) return this.#finish(controller, encoder.error(unfinished()))
        events = encoder.push(value)
      }
      this.#send(controller, events)
    } catch (thrown) {
      this.#fail(controller, signal.aborted ? reasonOf(signal) : asEdgewiseError(thrown))
    }
  }

  cancel(): void {
    this.#letGo()
  }

  #keepAlive(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { clock, keepAliveMs } = this.#options
    this.#cancelKeepAlive = clock.after(keepAliveMs, () => {
      if (this.#isQuiet && (controller.desiredSize ?? 0) > 0) controller.enqueue(keepAlive)
      this.#isQuiet = true
      this.#keepAlive(controller)
    })
  }

  #send(controller: ReadableStreamDefaultController<Uint8Array>, events: string): void {
    this.#isQuiet = false
    if (events !== '') controller.enqueue(this.#bytes.encode(events))
  }

  #finish(controller: ReadableStreamDefaultController<Uint8Array>, events: string): void {
    if (this.#isOver) return
    this.#send(controller, events)
    this.#letGo()
    controller.close()
  }

  #fail(controller: ReadableStreamDefaultController<Uint8Array>, error: EdgewiseError): void {
    this.#finish(controller, this.#options.encoder.error(error))
  }

  #letGo(): void {
    this.#isOver = true
    this.#cancelKeepAlive()
    if (this.#leave !== undefined) this.#options.signal.removeEventListener('abort', this.#leave)
    this.#parts.return?.().catch(() => {})
  }
}

/** The encoder gives nothing for it when the answer was closed as it should be. */
function unfinished(): EdgewiseError {
  return new EdgewiseError('internal', 'the answer ended without a finish part')
}

function reasonOf(signal: AbortSignal): EdgewiseError {
  if (signal.reason instanceof EdgewiseError) return signal.reason
  return new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}
