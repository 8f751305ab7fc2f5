import type { Context } from 'hono'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import type { Clock } from '../../spec/ports.ts'
import { conversationOf } from '../conversation.ts'
import type { Exchange } from '../exchange.ts'
import { requestSignal } from '../request-signal.ts'
import { createTrace } from '../trace.ts'
import type { AccessVariables } from './access.ts'
import type { Dialect, ParsedCall } from './dialect.ts'
import { readWishes } from './wishes.ts'

export interface ReadExchangeOptions {
  readonly clock: Clock
  /** A new id that begins with `prefix`. */
  readonly newId: (prefix: string) => string
  /** Key of the HMAC that names conversations. */
  readonly conversationSecret: string
  readonly bodyBytes: number
  readonly requestMs: number
  readonly shutdown: AbortSignal
}

export interface ReadExchange {
  readonly exchange: Exchange
  readonly call: ParsedCall
  /** Ends the request's limits; call it when the answer is over. */
  release(): void
}

/** Reads one request: its headers, its body, its limits. Throws a typed error, with nothing left running, when any of them is bad. */
export async function readExchange(
  context: Context<AccessVariables>,
  dialect: Dialect,
  options: ReadExchangeOptions,
): Promise<ReadExchange> {
  const { clock, newId, bodyBytes, requestMs, shutdown, conversationSecret } = options
  const { mode, deadlineMs, conversation } = readWishes(context)
  const limitMs = Math.min(requestMs, deadlineMs ?? requestMs)
  const limitCode = deadlineMs !== undefined && deadlineMs <= requestMs ? 'deadline-exceeded' : 'request-timeout'
  const { signal, release } = requestSignal({ client: context.req.raw.signal, shutdown, limitMs, limitCode, clock })
  try {
    const text = await readBody({ request: context.req.raw, maxBytes: bodyBytes, signal })
    const keyId = context.get('keyId')
    const created = Math.floor(clock.now() / 1000)
    const call = await dialect.parse({ body: parseJsonBody({ text }), id: newId(dialect.idPrefix), keyId, created })
    const named = conversation ?? conversationOf({ keyId, messages: call.request.messages, secret: conversationSecret })
    const request = { ...call.request, conversation: named }
    const trace = createTrace({
      requestId: request.id,
      keyId,
      conversation: named,
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
    return { exchange, call, release }
  } catch (error) {
    release()
    throw error
  }
}
