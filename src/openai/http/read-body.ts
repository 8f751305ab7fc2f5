import { EdgewiseError } from '../../spec/errors.ts'

export interface ReadBodyOptions {
  readonly request: Request
  /** One header of it by name; absent: asked of the request, which some servers then have to make first. */
  readonly header?: (name: string) => string | undefined
  /** Largest body in bytes, as it stands on the wire. */
  readonly maxBytes: number
  /** Aborts when the client goes away or takes too long. */
  readonly signal: AbortSignal
}

/**
 * The body of a request as text. Throws `body-too-large` by the Content-Length header alone or as soon as the limit is passed,
 * `invalid-request` for a compressed or non-UTF-8 body, and the signal's reason (or `aborted`) when the client does not finish it.
 */
export async function readBody(options: ReadBodyOptions): Promise<string> {
  const { request, header = (name) => request.headers.get(name) ?? undefined, maxBytes, signal } = options
  const encoding = header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    throw new EdgewiseError(
      'invalid-request',
      `Content-Encoding ${encoding} is not supported; send the body uncompressed`,
    )
  }
  const declared = declaredLength(header('content-length'))
  if (declared !== undefined && declared > maxBytes) throw tooLarge(`${declared} bytes`, maxBytes)
  if (signal.aborted) throw gone(signal)
  // With a declared length the server holds the client to it, so the body can be taken in one go.
  const bytes =
    declared === undefined
      ? await collect(request, maxBytes, signal)
      : await untilAborted(request.arrayBuffer(), signal).then((buffer) => new Uint8Array(buffer))
  if (bytes.length > maxBytes) throw tooLarge(`${bytes.length} bytes`, maxBytes)
  return decode(bytes)
}

function declaredLength(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  if (!/^\d{1,15}$/.test(header)) throw new EdgewiseError('invalid-request', 'Content-Length is not a plain number')
  return Number(header)
}

async function collect(request: Request, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  const reader = request.body.getReader()
  const pieces: Uint8Array[] = []
  let total = 0
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal)
      if (done) return join(pieces, total)
      total += value.length
      if (total > maxBytes) throw tooLarge(`over ${maxBytes} bytes`, maxBytes)
      pieces.push(value)
    }
  } catch (thrown) {
    reader.cancel().catch(() => {})
    throw thrown
  }
}

function join(pieces: readonly Uint8Array[], total: number): Uint8Array {
  const whole = new Uint8Array(total)
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new EdgewiseError('invalid-request', 'the body is not valid UTF-8', { cause })
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(gone(signal))
    signal.addEventListener('abort', leave, { once: true })
    promise
      .then(resolve, (cause) =>
        reject(new EdgewiseError('aborted', 'the client went away in the middle of its body', { cause })),
      )
      .finally(() => signal.removeEventListener('abort', leave))
  })
}

function gone(signal: AbortSignal): EdgewiseError {
  if (signal.reason instanceof EdgewiseError) return signal.reason
  return new EdgewiseError('aborted', 'the client went away in the middle of its body', { cause: signal.reason })
}

function tooLarge(size: string, maxBytes: number): EdgewiseError {
  return new EdgewiseError('body-too-large', `the body has ${size}; the limit is ${maxBytes} bytes (limits.bodyBytes)`)
}
