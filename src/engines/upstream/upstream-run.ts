import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { Inbound } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { AnswerDecoder, wholeAnswer } from './answer-decoder.ts'
import { readText } from './read-text.ts'
import { foreignContent, refusal } from './refusal.ts'
import { createSilenceLimit, type SilenceLimit } from './silence-limit.ts'
import { embeddingsAnswer } from './upstream-embeddings.ts'
import type { Upstream } from './upstream-generator.ts'
import { upstreamMessage } from './upstream-message.ts'

const maxAnswerBytes = 33_554_432

export interface UpstreamRunOptions {
  readonly upstream: Upstream
  readonly request: SanitisedRequest
  readonly signal: AbortSignal
  /** Called exactly once, when nothing of the run is left. */
  readonly onOver: () => void
}

type Result = IteratorResult<StreamPart>

/**
 * One answer of an upstream server, part by part. Written out, not as generators: every token of every cloud answer passes here,
 * and the parts that come in one piece are given without waiting. Ends as `createUpstreamGenerator` says.
 */
export class UpstreamRun implements AsyncIterator<StreamPart> {
  readonly #options: UpstreamRunOptions
  readonly #silence: SilenceLimit
  readonly #startedAtMs: number
  #parts: StreamPart[] = []
  #given = 0
  #pieces: AsyncIterator<Uint8Array> | undefined
  #decoder: AnswerDecoder | undefined
  /** Why there are no more parts after those at hand: the failure, or none at the end. */
  #end: { readonly error?: EdgewiseError } | undefined
  /** Ends the wait of a reader at once. */
  #wake: (() => void) | undefined
  #isOver = false

  constructor(options: UpstreamRunOptions) {
    this.#options = options
    const { clock, name } = options.upstream
    this.#startedAtMs = clock.monotonic()
    this.#silence = createSilenceLimit({
      clock,
      onSilence: (because) => this.stop(new EdgewiseError('upstream-timeout', `${name} ${because}`)),
    })
  }

  next(): Promise<Result> {
    const { signal } = this.#options
    if (signal.aborted) this.#fail(abortion(signal))
    const part = this.#parts[this.#given]
    if (part !== undefined) {
      this.#given += 1
      return Promise.resolve({ done: false, value: part })
    }
    if (this.#end !== undefined) return this.#close()
    return new Promise<Result>((resolve) => {
      this.#wake = () => resolve(this.next())
      this.#advance()
    })
  }

  async return(): Promise<Result> {
    this.#end = {}
    this.#parts = []
    return this.#close()
  }

  /** Ends the run with this error: whoever waits for a part is thrown it now. */
  stop(error: EdgewiseError): void {
    this.#fail(error)
    this.#letGo()
    this.#awaken()
  }

  /** Asks for the next piece; what comes of it wakes the reader. */
  #advance(): void {
    this.#parts = []
    this.#given = 0
    if (this.#pieces === undefined) this.#open().then(this.#goOn, this.#onFault)
    else {
      this.#decoder?.waits()
      this.#pieces.next().then(this.#onPiece, this.#onFault)
    }
  }

  readonly #onPiece = ({ done, value }: IteratorResult<Uint8Array>): void => {
    try {
      if (this.#end === undefined) this.#take(done === true ? undefined : value)
    } catch (thrown) {
      this.#break(thrown)
    }
    this.#goOn()
  }

  readonly #onFault = (thrown: unknown): void => {
    this.#break(thrown)
    this.#goOn()
  }

  readonly #goOn = (): void => {
    if (this.#parts.length === 0 && this.#end === undefined) this.#advance()
    else this.#awaken()
  }

  #awaken(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  async #open(): Promise<void> {
    const { upstream, request, signal } = this.#options
    if (signal.aborted) throw abortion(signal)
    const { firstTokenTimeoutMs, clock } = upstream
    const inbound = await upstream.open(upstreamMessage(upstream, request, signal))
    const pieces = inbound.body[Symbol.asyncIterator]()
    // From here on whatever ends the run closes the connection.
    this.#pieces = pieces
    // The reader left while the connection was being made.
    if (this.#isOver) await pieces.return?.()
    else {
      // Until here the connection's own limit held, which can tell a dead link from a slow server.
      const leftMs = firstTokenTimeoutMs - (clock.monotonic() - this.#startedAtMs)
      this.#silence.start(leftMs, `gave no first token within ${firstTokenTimeoutMs} ms`)
      await this.#begin({ ...inbound, body: { [Symbol.asyncIterator]: () => pieces } })
    }
  }

  /** Decides by status and content type how the body is read; reads it all when it is not a stream. */
  async #begin(inbound: Inbound): Promise<void> {
    const { upstream, request } = this.#options
    if (inbound.status < 200 || inbound.status > 299) throw await refusal(upstream, inbound)
    const contentType = inbound.headers['content-type'] ?? 'text/event-stream'
    const isEmbedding = request.embedding !== undefined
    if (!isEmbedding && /^text\/event-stream\b/i.test(contentType)) {
      this.#decoder = new AnswerDecoder(upstream, this.#silence, (part) => this.#parts.push(part))
      return
    }
    if (!isEmbedding && !/^application\/([\w.+-]+\+)?json\b/i.test(contentType))
      throw foreignContent(upstream, contentType)
    const text = await readText(inbound, maxAnswerBytes)
    if (this.#end !== undefined) return
    this.#silence.stop()
    this.#parts.push(...(isEmbedding ? [embeddingsAnswer(text, upstream, request)] : wholeAnswer(text, upstream)))
    this.#end ??= {}
  }

  /** One piece of a stream, or its end. */
  #take(piece: Uint8Array | undefined): void {
    const decoder = this.#decoder
    if (piece === undefined) decoder?.end()
    else decoder?.push(piece)
    if (piece === undefined || decoder?.isTiresome) this.#end = {}
  }

  /** Whatever the broken connection said: when the request was aborted, that is the reason. */
  #break(thrown: unknown): void {
    const { signal } = this.#options
    this.#fail(signal.aborted ? abortion(signal) : asEdgewiseError(thrown))
  }

  /** The first failure counts, and none after a whole answer: what becomes of its connection is not the caller's business. */
  #fail(error: EdgewiseError): void {
    const { aborted } = this.#options.signal
    const isWhole = this.#decoder?.isFinished === true && (!aborted || this.#given === this.#parts.length)
    this.#end ??= isWhole ? {} : { error }
    // Pieces that had arrived before an abort are not given any more.
    if (aborted && !isWhole) {
      this.#parts = []
      if (this.#end.error === undefined && !this.#isOver) this.#end = { error }
    }
  }

  async #close(): Promise<Result> {
    const error = this.#end?.error
    this.#letGo()
    this.#end = {}
    if (error !== undefined) throw error
    return { done: true, value: undefined }
  }

  /** Closes a connection whose answer was not read to its end; one that was is back in its pool. */
  #letGo(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#silence.stop()
    this.#pieces?.return?.().catch(() => {})
    this.#options.onOver()
  }
}

/** A typed reason (a deadline of the server's, say) stays; any other becomes `aborted`. */
function abortion({ reason }: AbortSignal): EdgewiseError {
  return reason instanceof EdgewiseError
    ? reason
    : new EdgewiseError('aborted', 'the request was aborted', { cause: reason })
}
