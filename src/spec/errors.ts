const table = {
  // What the caller sent.
  'invalid-request': { status: 400, retryable: false },
  'unsupported-field': { status: 400, retryable: false },
  'context-exceeded': { status: 400, retryable: false },
  'idempotency-mismatch': { status: 400, retryable: false },
  unauthorized: { status: 401, retryable: false },
  'origin-forbidden': { status: 403, retryable: false },
  'policy-forbids': { status: 403, retryable: false },
  'model-not-found': { status: 404, retryable: false },
  'not-found': { status: 404, retryable: false },
  'method-not-allowed': { status: 405, retryable: false },
  'request-timeout': { status: 408, retryable: true },
  'body-too-large': { status: 413, retryable: false },
  // What this machine can do right now.
  overloaded: { status: 429, retryable: true },
  // What a hub grants this caller. Money may be out here while another place still answers.
  'rate-limited': { status: 429, retryable: true },
  'budget-exceeded': { status: 429, retryable: true },
  'engine-unavailable': { status: 503, retryable: true },
  'engine-crashed': { status: 503, retryable: true },
  'model-invalid': { status: 500, retryable: false },
  'config-invalid': { status: 500, retryable: false },
  'port-in-use': { status: 500, retryable: false },
  'store-failed': { status: 500, retryable: false },
  'storage-full': { status: 507, retryable: true },
  'queue-full': { status: 507, retryable: true },
  internal: { status: 500, retryable: false },
  // What lies behind the link.
  'link-down': { status: 503, retryable: true },
  'upstream-failed': { status: 502, retryable: true },
  'upstream-timeout': { status: 504, retryable: true },
  'upstream-rejected': { status: 502, retryable: false },
  'stream-cut': { status: 502, retryable: true },
  'egress-denied': { status: 403, retryable: false },
  // The record of what leaves cannot be written, so nothing leaves.
  'ledger-failed': { status: 503, retryable: true },
  'deadline-exceeded': { status: 504, retryable: false },
  // Joining a hub.
  'token-invalid': { status: 401, retryable: false },
  'fingerprint-mismatch': { status: 401, retryable: false },
  'edge-unknown': { status: 401, retryable: false },
  // Handing over what is queued: the hub has another past of this edge, or less of it.
  'delivery-forked': { status: 409, retryable: false },
  'delivery-gap': { status: 409, retryable: false },
  // The client went away; nobody reads the answer.
  aborted: { status: 499, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>

export type ErrorCode = keyof typeof table

export interface ErrorDetails extends ErrorOptions {
  /** The request field at fault, as OpenAI's `error.param`. */
  readonly param?: string
  /** When it is worth trying again; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number
  /** HTTP status of the upstream that refused; says whether its key or this one request is meant. */
  readonly upstreamStatus?: number
}

/** The only error class. `code` decides what callers do; `message` is for people and never carries prompt text or secrets. */
export class EdgewiseError extends Error {
  override readonly name: string = 'EdgewiseError'
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly upstreamStatus: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { param, retryAfterSeconds, upstreamStatus, ...options } = details
    super(message, options)
    this.code = code
    this.param = param
    this.retryAfterSeconds = retryAfterSeconds
    this.upstreamStatus = upstreamStatus
  }

  /** HTTP status of an answer that carries this error. */
  get status(): number {
    return table[this.code].status
  }

  /** True when the same request may succeed later, or elsewhere, unchanged. */
  get retryable(): boolean {
    return table[this.code].retryable
  }
}

/** True for a word of the code table; for codes that come from another process. */
export function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(table, word)
}

/** Any thrown thing as an EdgewiseError; what is none becomes `code` (default `internal`) and keeps the original as cause. */
export function asEdgewiseError(thrown: unknown, code: ErrorCode = 'internal', message?: string): EdgewiseError {
  if (thrown instanceof EdgewiseError) return thrown
  const text = message ?? (thrown instanceof Error ? thrown.message : String(thrown))
  return new EdgewiseError(code, text, { cause: thrown })
}

/** Where an error came from, for a log: the frames of its innermost cause, without any message, which might quote a request. */
export function framesOf(error: Error): readonly string[] {
  if (error.cause instanceof Error) return framesOf(error.cause)
  return (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line))
}
