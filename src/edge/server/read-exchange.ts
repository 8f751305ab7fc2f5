import type { Context } from 'hono'
import type { ParsedCall } from '../../openai/dialects/dialect.ts'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import type { Clock } from '../../spec/ports.ts'
import { type NameConversation, storedName } from '../conversation.ts'
import type { Exchange } from '../exchange.ts'
import type { OpenRequestSignal } from '../request-signal.ts'
import { createTrace } from '../trace.ts'
import type { AccessVariables } from './access.ts'
import type { BodyBudget } from './body-budget.ts'
import type { EdgeDialect } from './dialect.ts'
import { onClientGone, requestHeader } from './node-request.ts'
import { readWishes, type Wishes } from './wishes.ts'

export interface ReadExchangeOptions {
  readonly clock: Clock
  /** A new id that begins with `prefix`. */
  readonly newId: (prefix: string) => string
  readonly nameConversation: NameConversation
  readonly bodyBytes: number
  /** Absent: bodies are only limited one by one. */
  readonly bodies?: BodyBudget
  readonly requestMs: number
  readonly openSignal: OpenRequestSignal
}

/** A request whose body has been read. */
export interface Arrival {
  readonly keyId: string
  readonly wishes: Wishes
  readonly text: string
  /** Aborts when its client goes away, its time is over or the edge shuts down. */
  readonly signal: AbortSignal
  /** When its time is over, on the monotonic clock. */
  readonly deadlineAt: number
  /** Ends the request's limits; call it when the answer is over. */
  release(): void
}

export interface ReadExchange {
  readonly exchange: Exchange
  readonly call: ParsedCall
}

/** Reads one request: its headers, its body. Throws a typed error, with nothing left running, when any of them is bad. */
export async function readArrival(
  context: Context<AccessVariables>,
  { clock, bodyBytes, bodies, requestMs, openSignal }: ReadExchangeOptions,
): Promise<Arrival> {
  const wishes = readWishes(context)
  const { deadlineMs } = wishes
  const limitMs = Math.min(requestMs, deadlineMs ?? requestMs)
  const limitCode = deadlineMs !== undefined && deadlineMs <= requestMs ? 'deadline-exceeded' : 'request-timeout'
  const deadlineAt = clock.monotonic() + limitMs
  const { signal, leave, release: end } = openSignal({ limitMs, limitCode })
  const stopWatching = onClientGone(context, leave)
  let taken = 0
  const release = () => {
    bodies?.giveBack(taken)
    taken = 0
    stopWatching()
    end()
  }
  try {
    taken = bodies?.take(requestHeader(context, 'content-length')) ?? 0
    const text = await readBody({
      request: context.req.raw,
      header: (name) => requestHeader(context, name),
      maxBytes: bodyBytes,
      signal,
    })
    // One of unknown length may have taken more than it needed.
    const spare = Math.max(0, taken - text.length)
    bodies?.giveBack(spare)
    taken -= spare
    return { keyId: context.get('keyId'), wishes, text, signal, deadlineAt, release }
  } catch (error) {
    release()
    throw error
  }
}

/** Understands the body of a request in its dialect. `signal` is what ends its work. */
export async function readExchange(
  { keyId, wishes, text, deadlineAt }: Arrival,
  dialect: EdgeDialect,
  { clock, newId, nameConversation }: ReadExchangeOptions,
  signal: AbortSignal,
): Promise<ReadExchange> {
  const { mode, deadlineMs, conversation, priority } = wishes
  const created = Math.floor(clock.now() / 1000)
  const id = newId(dialect.idPrefix)
  const call = await dialect.parse({ body: parseJsonBody({ text }), id, keyId, created, mode, conversation })
  const { messages } = call.request
  const named = call.request.conversation ?? conversation ?? nameConversation({ keyId, messages })
  const request = {
    ...call.request,
    conversation: named,
    ...(deadlineMs === undefined ? {} : { deadlineAt }),
    ...(priority === undefined ? {} : { priority }),
  }
  const trace = createTrace({
    requestId: request.id,
    keyId,
    conversation: storedName(named, nameConversation, keyId),
    requestedModel: request.model,
    streaming: call.stream,
    clock,
  })
  const exchange: Exchange = {
    request,
    keyId,
    conversation: named,
    streaming: call.stream,
    ...(mode === undefined ? {} : { mode }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    signal,
    trace,
  }
  return { exchange, call }
}
