import type { Context } from 'hono'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import type { Clock } from '../../spec/ports.ts'
import type { NameConversation } from '../conversation.ts'
import type { Exchange } from '../exchange.ts'
import type { OpenRequestSignal } from '../request-signal.ts'
import { createTrace } from '../trace.ts'
import type { AccessVariables } from './access.ts'
import type { Dialect, ParsedCall } from './dialect.ts'
import { onClientGone, requestHeader } from './node-request.ts'
import { readWishes } from './wishes.ts'

export interface ReadExchangeOptions {
  readonly clock: Clock
  /** A new id that begins with `prefix`. */
  readonly newId: (prefix: string) => string
  readonly nameConversation: NameConversation
  readonly bodyBytes: number
  readonly requestMs: number
  readonly openSignal: OpenRequestSignal
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
  const { clock, newId, bodyBytes, requestMs, openSignal, nameConversation } = options
  const { mode, deadlineMs, conversation } = readWishes(context)
  const limitMs = Math.min(requestMs, deadlineMs ?? requestMs)
  const limitCode = deadlineMs !== undefined && deadlineMs <= requestMs ? 'deadline-exceeded' : 'request-timeout'
  const deadlineAt = clock.monotonic() + limitMs
  const { signal, leave, release: end } = openSignal({ limitMs, limitCode })
  const stopWatching = onClientGone(context, leave)
  const release = () => {
    stopWatching()
    end()
  }
  try {
    const text = await readBody({
      request: context.req.raw,
      header: (name) => requestHeader(context, name),
      maxBytes: bodyBytes,
      signal,
    })
    const keyId = context.get('keyId')
    const created = Math.floor(clock.now() / 1000)
    const id = newId(dialect.idPrefix)
    const call = await dialect.parse({ body: parseJsonBody({ text }), id, keyId, created, mode, conversation })
    const { messages } = call.request
    const named = call.request.conversation ?? conversation ?? nameConversation({ keyId, messages })
    const deadline = deadlineMs === undefined ? {} : { deadlineAt }
    const request = { ...call.request, conversation: named, ...deadline }
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
