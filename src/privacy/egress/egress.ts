import { EdgewiseError, type ErrorCode } from '../../spec/errors.ts'
import type { Clock, Inbound, OpenConnection, Outbound } from '../../spec/ports.ts'
import type { Ledger, SendFacts } from '../ledger/ledger.ts'
import { refusal } from './admission.ts'
import { Connections } from './connections.ts'
import { checkedDestination } from './destination.ts'
import { Exchange } from './exchange.ts'
import { describedFor, Sending } from './sending.ts'
import { type Sent, SentTally } from './sent-tally.ts'

/** A server that may be sent to. Plain http only reaches this machine itself. */
export interface Destination {
  /** Scheme, host and port, as `URL.origin` writes them. */
  readonly origin: string
  /** Absent: the server's certificate must come from an authority this machine trusts. */
  readonly tls?: {
    /** SHA-256 of the server's DER certificate, 64 hexadecimal digits. It alone proves the server; TLS 1.3 at least. */
    readonly pinnedFingerprint: string
    /** Certificate of this side, with its key, when the server asks who calls. */
    readonly certificatePem?: string
    readonly privateKeyPem?: string
  }
}

/** One send, without its content: for logs and tests. The ledger is told apart from it. */
export interface EgressRecord {
  /** Wall clock of the call, milliseconds since 1970. */
  readonly at: number
  readonly requestId?: string
  readonly purpose: Outbound['purpose']
  readonly origin: string
  /** Path without the query. */
  readonly path: string
  /** Bytes of the body that were handed to a connection; 0 when the send was denied or no connection came about. */
  readonly bodyBytes: number
  /** The same with the head of the request: bytes on the wire, before TLS. */
  readonly bytes: number
  /** Its number in the ledger. */
  readonly entry?: number
  readonly hasContent: boolean
  readonly status?: number
  readonly outcome: 'answered' | 'failed' | 'denied'
  readonly errorCode?: ErrorCode
}

/** The one way out of this process for anything that carries content. */
export interface Egress extends AsyncDisposable {
  readonly open: OpenConnection
  /** Adds a destination, or replaces the one of the same origin. Throws `config-invalid` for one that makes no sense. */
  allow(destination: Destination): void
  /** What was written to connections for this request so far; only the latest 10,000 requests are remembered. */
  sentFor(requestId: string): Sent
  /** Drops what `sentFor` remembers of this request. */
  forget(requestId: string): void
}

export interface EgressOptions {
  readonly destinations: readonly Destination[]
  /** Called exactly once per send, when it has ended, also for denied and failed ones. Must not throw. */
  readonly record: (entry: EgressRecord) => void
  readonly clock: Clock
  /** Without it nothing waits to be recorded. It must outlive the egress. */
  readonly ledger?: Ledger
  /** What else the ledger should tell of a request. */
  readonly factsOf?: (requestId: string) => SendFacts | undefined
}

/** Opens nothing until the first send. Follows no redirect, obeys no proxy variable, never retries. */
export function createEgress({ destinations, ...options }: EgressOptions): Egress {
  const egress = new GuardedEgress(options)
  for (const destination of destinations) egress.allow(destination)
  return egress
}

class GuardedEgress implements Egress {
  readonly #options: Omit<EgressOptions, 'destinations'>
  readonly #clock: Clock
  readonly #ways = new Map<string, Connections>()
  readonly #tally = new SentTally()
  #closed = false

  constructor(options: Omit<EgressOptions, 'destinations'>) {
    this.#options = options
    this.#clock = options.clock
  }

  allow(destination: Destination): void {
    const checked = checkedDestination(destination)
    this.#ways.get(checked.origin)?.retire()
    this.#ways.set(checked.origin, new Connections(checked, this.#clock))
  }

  sentFor(requestId: string): Sent {
    return this.#tally.for(requestId)
  }

  forget(requestId: string): void {
    this.#tally.forget(requestId)
  }

  readonly open = async (outbound: Outbound): Promise<Inbound> => {
    const { url, signal } = outbound
    const at = this.#clock.now()
    const because = this.#closed ? 'this egress is closed' : refusal(outbound, this.#ways)
    const way = this.#ways.get(url.origin)
    if (because !== undefined || way === undefined) {
      this.#unsent(outbound, at, 'egress-denied')
      throw new EdgewiseError('egress-denied', `nothing was sent: ${because}`)
    }
    if (signal.aborted) {
      this.#unsent(outbound, at, 'aborted')
      throw new EdgewiseError('aborted', `the request to ${url.origin} was aborted`, { cause: signal.reason })
    }
    return this.#send(outbound, at, way)
  }

  /** Of what was ended before it began there is a record too. */
  #unsent(outbound: Outbound, at: number, code: 'egress-denied' | 'aborted'): void {
    const { record, ledger } = this.#options
    const outcome = code === 'aborted' ? 'failed' : 'denied'
    record({ ...described(outbound, at), bodyBytes: 0, bytes: 0, outcome, errorCode: code })
    ledger?.unsent({ at, mono: this.#clock.monotonic(), ...describedFor(outbound), code })
  }

  #send(outbound: Outbound, at: number, way: Connections): Promise<Inbound> {
    const { url, method, body, requestId } = outbound
    const { record, ledger, factsOf } = this.#options
    const taken = way.take()
    const sending = new Sending({
      outbound,
      clock: this.#clock,
      ledger,
      facts: requestId === undefined ? undefined : factsOf?.(requestId),
      onLeft: (bytes) => {
        const { entry } = sending
        if (requestId !== undefined) this.#tally.add(requestId, { origin: url.origin, bytes, entry })
      },
      onRefused: (error) => exchange.refuse(error),
    })
    const exchange = new Exchange({
      outbound,
      clock: this.#clock,
      onSent: () => taken.gate.begin(sending),
      onEnd: ({ status, error, wasSent }) => {
        const code = error?.code
        sending.over({ ...(status === undefined ? {} : { status }), ...(code === undefined ? {} : { code }) })
        way.release(taken, wasSent && sending.isWhole)
        const { bodyBytes, bytes, entry } = sending
        record({
          ...described(outbound, at),
          bodyBytes,
          bytes,
          ...(entry === undefined ? {} : { entry }),
          ...(status === undefined ? {} : { status }),
          ...(code === undefined ? {} : { errorCode: code }),
          outcome: code === undefined ? 'answered' : code === 'ledger-failed' ? 'denied' : 'failed',
        })
      },
    })
    const headers = body === undefined ? outbound.headers : withContentType(outbound.headers, body.contentType)
    taken.client.dispatch({ path: url.pathname + url.search, method, headers, body: body?.bytes ?? null }, exchange)
    return exchange.answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#ways.values()].map((way) => way.destroy()))
  }
}

function described({ url, purpose, requestId, body }: Outbound, at: number) {
  return {
    at,
    ...(requestId === undefined ? {} : { requestId }),
    purpose,
    origin: url.origin,
    path: url.pathname,
    // What is no OutboundBody could hold anything.
    hasContent: body?.hasContent ?? body !== undefined,
  }
}

function withContentType(headers: Outbound['headers'], contentType: string): Record<string, string> {
  const rest = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type')
  return { ...Object.fromEntries(rest), 'content-type': contentType }
}
