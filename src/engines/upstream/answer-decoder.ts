import { createUpstreamDecoder, type UpstreamDecoder } from '../../openai/chat-upstream.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import { SseParser } from '../../openai/sse.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { SilenceLimit } from './silence-limit.ts'
import type { Upstream } from './upstream-generator.ts'

const maxEventBytes = 4_194_304
/** After the end of an answer the server gets this long to close its stream, so that the connection can serve again. */
const drainMs = 200
const maxDrainEvents = 16

/** Turns the pieces of a streamed body into stream parts, and keeps the limit on silence. */
export class AnswerDecoder {
  readonly #upstream: Upstream
  readonly #silence: SilenceLimit
  readonly #decoder: UpstreamDecoder
  readonly #parser: SseParser
  readonly #onPart: (part: StreamPart) => void
  #surplus: number | undefined
  /** An event came since the reader last waited. */
  #hasNews = false

  constructor(upstream: Upstream, silence: SilenceLimit, onPart: (part: StreamPart) => void) {
    this.#upstream = upstream
    this.#silence = silence
    this.#onPart = onPart
    this.#decoder = decoderFor(upstream)
    this.#parser = new SseParser(maxEventBytes, ({ data }) => this.#take(data))
  }

  /** True once the `finish` part was given: what comes after it is only read so that the connection can serve again. */
  get isFinished(): boolean {
    return this.#surplus !== undefined
  }

  /** True when the server goes on for longer after its answer than is worth reading. */
  get isTiresome(): boolean {
    return this.#surplus !== undefined && this.#surplus > maxDrainEvents
  }

  /** Throws `upstream-failed` for what is no answer; the parts before it were given. */
  push(piece: Uint8Array): void {
    this.#parser.push(piece)
  }

  /** The body is over. Throws `stream-cut` when the answer was not. */
  end(): void {
    this.#parser.end()
    if (this.#surplus === undefined) this.#onPart(this.#decoder.end(false))
    this.#surplus ??= 0
  }

  /** The reader waits for the next piece. */
  waits(): void {
    if (this.#hasNews) this.#silence.feed()
    this.#hasNews = false
  }

  #take(data: string): void {
    if (this.#surplus !== undefined) this.#surplus += 1
    else if (data.startsWith('[DONE]')) {
      const finish = this.#decoder.end(true)
      this.#silence.start(drainMs, `did not close its stream within ${drainMs} ms`)
      this.#surplus = 0
      this.#onPart(finish)
    } else if (data !== '') this.#takeChunk(data)
  }

  #takeChunk(data: string): void {
    const { interTokenTimeoutMs } = this.#upstream
    const hadBegun = this.#decoder.hasBegun
    const parts = this.#decoder.push(parseAnswer(data, this.#upstream))
    // A role alone, or a comment, is no token: the first limit goes on.
    if (!this.#decoder.hasBegun) return
    if (!hadBegun) this.#silence.start(interTokenTimeoutMs, `fell silent for ${interTokenTimeoutMs} ms in its answer`)
    // Until the reader waits again, its time is not the server's.
    this.#silence.hold()
    this.#hasNews = true
    for (const part of parts) this.#onPart(part)
  }
}

/** The parts of a whole answer in one JSON body, from servers that do not stream. */
export function wholeAnswer(text: string, upstream: Upstream): readonly StreamPart[] {
  const decoder = decoderFor(upstream)
  return [...decoder.push(parseAnswer(text, upstream)), decoder.end(true)]
}

function decoderFor({ name, upstreamModel, apiKey }: Upstream): UpstreamDecoder {
  return createUpstreamDecoder({
    upstream: name,
    model: upstreamModel,
    ...(apiKey === undefined ? {} : { secret: apiKey }),
  })
}

/** The value of a JSON answer. Throws `upstream-failed` when it is none. */
export function parseAnswer(text: string, { name }: Upstream): unknown {
  try {
    return parseJsonBody({ text })
  } catch {
    // No cause: where it points to may be the answer's own words.
    throw new EdgewiseError('upstream-failed', `${name} sent a piece of answer that is not valid JSON`)
  }
}
