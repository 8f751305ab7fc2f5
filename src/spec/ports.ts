import type { OutboundBody } from './outbound.ts'

/** Milliseconds and timers; tests put a fake one in. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number
  /** Monotonic milliseconds, for durations. */
  monotonic(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  delay(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back after `ms` unless the returned function is called before. For limits that are nearly always cancelled: cheaper than `delay`. */
  after(ms: number, callback: () => void): () => void
  /** As `delay`, but does not keep a process alive that has nothing else to do. Absent where no timer does. */
  backgroundDelay?(ms: number, signal?: AbortSignal): Promise<void>
}

/** Uniform in [0, 1). */
export type Random = () => number

/** What kind of data leaves: `text`, `activation` and `draft` come from requests, the others hold nothing of any. */
export type DataClass = 'text' | 'activation' | 'draft' | 'telemetry' | 'control'

/** One message that wants to leave the building. */
export interface Outbound {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: OutboundBody
  /** What it is for; written into the record of the send. */
  readonly purpose: 'inference' | 'probe' | 'join' | 'models' | 'delivery'
  /** For the record; absent: `text` for a body with content, else `control`. */
  readonly dataClass?: DataClass
  /** The request it belongs to, for the record. */
  readonly requestId?: string
  /** Limit from the call to the response's headers. */
  readonly headersTimeoutMs: number
  /** Limit between two pieces of the response's body. */
  readonly bodyTimeoutMs: number
  readonly signal: AbortSignal
}

export interface Inbound {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Body in pieces as they arrive. Leaving the loop early closes the connection. Throws `stream-cut`, `upstream-timeout`, `aborted`. */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * The only way to open a connection that carries request content. Implemented by `privacy/egress`; engines and link receive one.
 * Throws `egress-denied` for a destination that is not allowed, `link-down` when it cannot be reached, `upstream-timeout`.
 */
export type OpenConnection = (outbound: Outbound) => Promise<Inbound>

/** One labelled stretch of text, [start, end) in UTF-16 units. */
export interface TokenClass {
  readonly entity: string
  readonly start: number
  readonly end: number
  readonly score: number
}

/** The name model, for the guard; an engine of the edge fills it in. What it names in each of the texts, in their order. Rejects when it cannot tell. */
export type ClassifyTokens = (
  texts: readonly string[],
  signal: AbortSignal,
) => Promise<readonly (readonly TokenClass[])[]>
