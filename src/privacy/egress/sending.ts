import { EdgewiseError, type ErrorCode } from '../../spec/errors.ts'
import type { Clock, Outbound } from '../../spec/ports.ts'
import type { Ledger, SendFacts } from '../ledger/ledger.ts'

export interface SendingOptions {
  readonly outbound: Outbound
  readonly clock: Clock
  /** Absent: nothing is recorded, and nothing waits for it. */
  readonly ledger: Ledger | undefined
  readonly facts: SendFacts | undefined
  /** So much of the body was given to the connection now. */
  readonly onLeft: (bodyBytes: number) => void
  /** The bytes must not leave. */
  readonly onRefused: (error: EdgewiseError) => void
}

/** One send in the ledger, from the moment its bytes are known to its end. */
export class Sending {
  /** Its number in the ledger, once it is recorded. */
  entry: number | undefined
  /** Bytes given to the connection: the most that can have left. */
  bytes = 0
  bodyBytes = 0
  isOver = false
  readonly #options: SendingOptions
  #total: number | undefined
  #end: { readonly status?: number; readonly code?: ErrorCode } = {}

  constructor(options: SendingOptions) {
    this.#options = options
  }

  /** True when all of it was given to the connection. */
  get isWhole(): boolean {
    return this.bytes === this.#total
  }

  /** Resolves when these bytes may leave, which is at once (undefined) without a ledger; rejects, with `onRefused` told, when they may not. */
  record(whole: Buffer, spki: string | undefined): Promise<void> | undefined {
    const { outbound, ledger, facts, onRefused } = this.#options
    if (this.#total !== undefined) return this.#again()
    this.#total = whole.length
    if (ledger === undefined) return undefined
    const split = whole.length - (outbound.body?.bytes.byteLength ?? 0)
    const notice = {
      ...this.#described(),
      head: whole.subarray(0, split),
      body: whole.subarray(split),
      ...(spki === undefined ? {} : { spki }),
      ...(facts === undefined ? {} : { facts }),
    }
    return ledger.send(notice).then(
      (entry) => {
        this.entry = entry
        if (this.isOver) this.#note(ledger, entry)
      },
      (error: EdgewiseError) => {
        if (this.isOver) ledger.unsent({ ...this.#described(), code: this.#end.code ?? error.code })
        else onRefused(error)
        throw error
      },
    )
  }

  /** One send is one entry and leaves once, whatever the client makes of a connection that broke. */
  #again(): Promise<void> {
    const { origin } = this.#options.outbound.url
    const error = new EdgewiseError('link-down', `the connection to ${origin} broke while the request was written`)
    this.#options.onRefused(error)
    return Promise.reject(error)
  }

  /** So many bytes more were given to the connection. */
  left(bytes: number): void {
    const headBytes = (this.#total ?? 0) - (this.#options.outbound.body?.bytes.byteLength ?? 0)
    this.bytes += bytes
    const more = Math.max(0, this.bytes - headBytes) - this.bodyBytes
    this.bodyBytes += more
    this.#options.onLeft(more)
  }

  /** Nothing more may leave. `code` is absent for a send that was answered, or whose answer the reader left. */
  over(end: { readonly status?: number; readonly code?: ErrorCode }): void {
    const { ledger } = this.#options
    this.isOver = true
    this.#end = end
    if (ledger === undefined) return
    if (this.#total === undefined || end.code === 'ledger-failed')
      ledger.unsent({ ...this.#described(), code: end.code ?? 'aborted' })
    else if (this.entry !== undefined) this.#note(ledger, this.entry)
  }

  #note(ledger: Ledger, of: number): void {
    const { clock } = this.#options
    ledger.end({ of, at: clock.now(), mono: clock.monotonic(), bytes: this.bytes, ...this.#end })
  }

  #described() {
    const { outbound, clock } = this.#options
    return { at: clock.now(), mono: clock.monotonic(), ...describedFor(outbound) }
  }
}

/** What the ledger tells of a message, whether or not it leaves. */
export function describedFor({ url, purpose, dataClass, body, requestId }: Outbound) {
  return {
    to: url.origin,
    purpose,
    // What is no OutboundBody could hold anything.
    dataClass: dataClass ?? ((body?.hasContent ?? body !== undefined) ? ('text' as const) : ('control' as const)),
    ...(requestId === undefined ? {} : { requestId }),
  }
}
