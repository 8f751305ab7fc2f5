import { EdgewiseError } from '../spec/errors.ts'

export interface SseEvent {
  readonly event?: string
  readonly data: string
}

export interface SseLimits {
  /** An event of more bytes ends the stream with `upstream-failed`; it bounds the memory. */
  readonly maxEventBytes: number
}

/**
 * The events of a server-sent stream, whatever the pieces it arrives in. As the openai clients do, it also gives a last event that
 * lacks its blank line. Leaving the loop early ends the source.
 */
export async function* parseSse(
  chunks: AsyncIterable<Uint8Array>,
  { maxEventBytes }: SseLimits,
): AsyncGenerator<SseEvent> {
  const events: SseEvent[] = []
  const parser = new SseParser(maxEventBytes, (event) => events.push(event))
  for await (const chunk of chunks) {
    // Events that came whole before a fault in the same piece are given first.
    const fault = faultOf(() => parser.push(chunk))
    yield* events.splice(0)
    if (fault !== undefined) throw fault.thrown
  }
  parser.end()
  yield* events
}

function faultOf(work: () => void): { readonly thrown: unknown } | undefined {
  try {
    work()
    return undefined
  } catch (thrown) {
    return { thrown }
  }
}

/** One event with this data, as text of a stream. */
export function sseData(text: string): string {
  return `data: ${text.replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`
}

/** A line that clients skip; it keeps proxies from closing a quiet stream. */
export function sseComment(): string {
  return ': keep-alive\n\n'
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * As `parseSse`, for whoever has the pieces in hand: `onEvent` is called for each event within `push` and `end`.
 * Cuts bytes, not text: line ends are single bytes in UTF-8, so a character split between two chunks never matters.
 */
export class SseParser {
  readonly #maxEventBytes: number
  readonly #onEvent: (event: SseEvent) => void
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #partial: Uint8Array[] = []
  #partialBytes = 0
  #eventBytes = 0
  #afterCarriageReturn = false
  #isFirstLine = true
  #event: string | undefined
  #data: string[] = []

  constructor(maxEventBytes: number, onEvent: (event: SseEvent) => void) {
    this.#maxEventBytes = maxEventBytes
    this.#onEvent = onEvent
  }

  /** Throws `upstream-failed` for an event that is too large. */
  push(chunk: Uint8Array): void {
    let start = 0
    let nextFeed = chunk.indexOf(lineFeed)
    let nextReturn = chunk.indexOf(carriageReturn)
    if (this.#afterCarriageReturn && chunk.length > 0) {
      if (chunk[0] === lineFeed) start = 1
      this.#afterCarriageReturn = false
    }
    while (start < chunk.length) {
      // Looked for anew only once passed: a chunk with one kind of line end stays linear.
      if (nextFeed !== -1 && nextFeed < start) nextFeed = chunk.indexOf(lineFeed, start)
      if (nextReturn !== -1 && nextReturn < start) nextReturn = chunk.indexOf(carriageReturn, start)
      const isReturn = nextReturn !== -1 && (nextFeed === -1 || nextReturn < nextFeed)
      const end = isReturn ? nextReturn : nextFeed
      if (end === -1) break
      this.#endLine(chunk.subarray(start, end))
      start = end + 1
      if (isReturn && start === chunk.length) this.#afterCarriageReturn = true
      else if (isReturn && chunk[start] === lineFeed) start += 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  /** The source is over: gives a last event that lacks its blank line. */
  end(): void {
    if (this.#partialBytes > 0) this.#endLine(new Uint8Array(0))
    this.#dispatch()
  }

  #keep(bytes: Uint8Array): void {
    this.#partialBytes += bytes.length
    this.#checkSize(this.#eventBytes + this.#partialBytes)
    // A copy: the source may reuse its buffer for the next piece.
    this.#partial.push(bytes.slice())
  }

  #endLine(rest: Uint8Array): void {
    const bytes = this.#partialBytes === 0 ? rest : concat([...this.#partial, rest], this.#partialBytes + rest.length)
    this.#partial = []
    this.#partialBytes = 0
    if (bytes.length === 0) this.#dispatch()
    else this.#readField(this.#decoder.decode(bytes), bytes.length)
  }

  #readField(text: string, bytes: number): void {
    const line = this.#isFirstLine && text.startsWith('\uFEFF') ? text.slice(1) : text
    this.#isFirstLine = false
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    this.#eventBytes += bytes
    this.#checkSize(this.#eventBytes)
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') this.#data.push(value)
    else this.#event = value
  }

  #dispatch(): void {
    const data = this.#data
    const event = this.#event
    this.#eventBytes = 0
    this.#event = undefined
    if (data.length === 0) return
    this.#data = []
    const text = data.length === 1 ? (data[0] ?? '') : data.join('\n')
    this.#onEvent(event === undefined || event === '' ? { data: text } : { event, data: text })
  }

  #checkSize(bytes: number): void {
    if (bytes <= this.#maxEventBytes) return
    throw new EdgewiseError(
      'upstream-failed',
      `the upstream server sent one event of more than ${this.#maxEventBytes} bytes; it does not speak the OpenAI stream`,
    )
  }
}

function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
