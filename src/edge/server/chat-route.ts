import type { Context } from 'hono'
import { z } from 'zod'
import { type ParsedChat, parseChatRequest } from '../../openai/chat-request.ts'
import { chatCompletion } from '../../openai/chat-response.ts'
import { createChatStreamEncoder } from '../../openai/chat-stream.ts'
import { streamAnswer } from '../../openai/http/answer-stream.ts'
import { afterFirstPart } from '../../openai/http/first-part.ts'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Plan } from '../../spec/plan.ts'
import { inferenceMode } from '../../spec/policy.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { conversationOf } from '../conversation.ts'
import type { Edge } from '../edge.ts'
import type { Answer, Exchange } from '../exchange.ts'
import { requestSignal } from '../request-signal.ts'
import { tap } from '../tap.ts'
import { createTrace } from '../trace.ts'
import type { AccessVariables } from './access.ts'

export interface ChatRouteOptions {
  readonly edge: Edge
  readonly clock: Clock
  readonly newId: () => string
  /** Key of the HMAC that names conversations. */
  readonly conversationSecret: string
  readonly bodyBytes: number
  readonly requestMs: number
  readonly shutdown: AbortSignal
}

type ChatContext = Context<AccessVariables>

/** Longest wait before the headers of a stream go out, so that an early failure becomes a real HTTP status. */
const headersWithinMs = 500
/** Silence after which a comment line keeps a stream alive. */
const keepAliveMs = 10_000

/** `POST /v1/chat/completions`: the whole answer as JSON, or as it comes. */
export function chatRoute(options: ChatRouteOptions): (context: ChatContext) => Promise<Response> {
  return async (context) => {
    const { exchange, parsed, release } = await readExchange(context, options)
    try {
      const answer = await options.edge.answer(exchange)
      const created = Math.floor(options.clock.now() / 1000)
      if (parsed.stream)
        return await streamed({ context, exchange, parsed, answer, created, release, clock: options.clock })
      const parts: StreamPart[] = []
      for await (const part of answer.parts) parts.push(part)
      release()
      describe(context, exchange, parsed, finalPlace(parts, answer.plan))
      return context.json(chatCompletion({ id: exchange.request.id, created, model: exchange.request.model, parts }))
    } catch (error) {
      release()
      describe(context, exchange, parsed, undefined)
      throw error
    }
  }
}

/** `POST /edgewise/v1/plan`: what would happen to this request, and why. Nothing is executed. */
export function planRoute(options: ChatRouteOptions): (context: ChatContext) => Promise<Response> {
  return async (context) => {
    const { exchange, release } = await readExchange(context, options)
    try {
      return context.json(await options.edge.plan(exchange))
    } finally {
      release()
    }
  }
}

async function readExchange(context: ChatContext, options: ChatRouteOptions) {
  const { clock, newId, bodyBytes, requestMs, shutdown, conversationSecret } = options
  const { mode, deadlineMs, conversation } = wishes(context)
  const limitMs = Math.min(requestMs, deadlineMs ?? requestMs)
  const limitCode = deadlineMs !== undefined && deadlineMs <= requestMs ? 'deadline-exceeded' : 'request-timeout'
  const { signal, release } = requestSignal({ client: context.req.raw.signal, shutdown, limitMs, limitCode, clock })
  try {
    const text = await readBody({ request: context.req.raw, maxBytes: bodyBytes, signal })
    const parsed = parseChatRequest({ body: parseJsonBody({ text }), id: newId() })
    const keyId = context.get('keyId')
    const named =
      conversation ?? conversationOf({ keyId, messages: parsed.request.messages, secret: conversationSecret })
    const request = { ...parsed.request, conversation: named }
    const trace = createTrace({
      requestId: request.id,
      keyId,
      conversation: named,
      requestedModel: request.model,
      streaming: parsed.stream,
      clock,
    })
    const exchange: Exchange = {
      request,
      keyId,
      conversation: named,
      streaming: parsed.stream,
      ...(mode === undefined ? {} : { mode }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      signal,
      trace,
    }
    return { exchange, parsed, release }
  } catch (error) {
    release()
    throw error
  }
}

const deadline = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
  .pipe(z.int().min(1))
const conversationName = z.string().regex(/^[\x21-\x7e]{1,128}$/)

/** What the caller asks for in headers. */
function wishes({ req }: ChatContext) {
  return {
    mode: parseHeader(
      'x-edgewise-mode',
      req.header('x-edgewise-mode'),
      inferenceMode,
      'only-edge, prefer-edge, prefer-cloud or only-cloud',
    ),
    deadlineMs: parseHeader(
      'x-edgewise-deadline-ms',
      req.header('x-edgewise-deadline-ms'),
      deadline,
      'a whole number of milliseconds',
    ),
    conversation: parseHeader(
      'x-edgewise-conversation',
      req.header('x-edgewise-conversation'),
      conversationName,
      'up to 128 printable ASCII characters without spaces',
    ),
  }
}

function parseHeader<T>(
  name: string,
  value: string | undefined,
  schema: z.ZodType<T>,
  expected: string,
): T | undefined {
  if (value === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new EdgewiseError('invalid-request', `Header ${name} must be ${expected}.`, { param: name })
}

interface Streamed {
  readonly context: ChatContext
  readonly exchange: Exchange
  readonly parsed: ParsedChat
  readonly answer: Answer
  readonly created: number
  readonly release: () => void
  readonly clock: Clock
}

async function streamed({ context, exchange, parsed, answer, created, release, clock }: Streamed): Promise<Response> {
  const { id, model } = exchange.request
  const watched = tap(answer.parts, { onEnd: release })
  // A plan that may hold its first words back is not waited for.
  const parts = answer.plan.exact ? await afterFirstPart({ parts: watched, withinMs: headersWithinMs, clock }) : watched
  const encoder = createChatStreamEncoder({ id, created, model, includeUsage: parsed.includeUsage })
  const body = streamAnswer({ parts, encoder, signal: exchange.signal, keepAliveMs, clock })
  describe(context, exchange, parsed, answer.plan)
  return context.body(body, 200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
}

interface Place {
  readonly placement: string
  readonly reason: string
}

function finalPlace(parts: readonly StreamPart[], plan: Plan): Place {
  return parts.findLast((part) => part.type === 'placement') ?? plan
}

function describe(
  context: ChatContext,
  { request }: Exchange,
  { ignoredFields }: ParsedChat,
  place: Place | undefined,
): void {
  context.header('x-edgewise-request-id', request.id)
  if (place !== undefined) {
    context.header('x-edgewise-placement', place.placement)
    context.header('x-edgewise-reason', place.reason)
  }
  if (ignoredFields.length > 0) context.header('x-edgewise-ignored-fields', ignoredFields.slice(0, 20).join(', '))
}
