import type { Context } from 'hono'
import { parseChatRequest } from '../../openai/chat-request.ts'
import { chatCompletion } from '../../openai/chat-response.ts'
import { createChatStreamEncoder } from '../../openai/chat-stream.ts'
import { streamAnswer } from '../../openai/http/answer-stream.ts'
import { afterFirstPart } from '../../openai/http/first-part.ts'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import { admitSanitised } from '../../privacy/admit.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { HubConfig } from '../config.ts'
import type { HubMetrics } from '../metrics.ts'
import type { Pool } from '../pool.ts'
import type { HubVariables } from '../server/access.ts'
import { requestSignal } from './request-signal.ts'
import type { RunningRequests } from './running-requests.ts'

export interface ChatRouteOptions {
  readonly pool: Pool
  readonly running: RunningRequests
  readonly metrics: HubMetrics
  readonly clock: Clock
  readonly limits: HubConfig['limits']
  readonly newId: () => string
  /** Aborts when the hub no longer waits for running answers. */
  readonly shutdown: AbortSignal
}

type ChatContext = Context<HubVariables>

/** A stream's headers wait this long for its first part, so that an early failure becomes a real HTTP status. */
const headersWithinMs = 500
const keepAliveMs = 10_000

/** `POST /v1/chat/completions` over the pool: the whole answer as JSON, or as it comes. */
export function chatRoute(options: ChatRouteOptions): (context: ChatContext) => Promise<Response> {
  const { pool, running, metrics, clock, limits, shutdown } = options
  return async (context) => {
    const leave = running.enter()
    const { signal, over } = requestSignal({
      outgoing: context.env.outgoing,
      shutdown,
      limitMs: limits.requestMs,
      clock,
    })
    void over.then(leave)
    const { request, stream, includeUsage } = await readChat(context, options, signal)
    const { id, model } = request
    const created = Math.floor(clock.now() / 1000)
    const parts = metrics.measured(pool.generate(admitSanitised(request), signal), { model, clock })
    if (!stream) {
      const all = await collected(parts, signal)
      return context.json(chatCompletion({ id, created, model, parts: all }))
    }
    const begun = await afterFirstPart({ parts, withinMs: headersWithinMs, clock })
    const encoder = createChatStreamEncoder({ id, created, model, includeUsage })
    const body = streamAnswer({ parts: begun, encoder, signal, keepAliveMs, clock })
    return context.body(body, 200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  }
}

async function readChat(context: ChatContext, { limits, newId }: ChatRouteOptions, signal: AbortSignal) {
  const id = header(context, 'x-edgewise-request-id', /^[\w-]{1,100}$/) ?? newId()
  context.header('x-edgewise-request-id', id)
  const conversation = header(context, 'x-edgewise-conversation', /^[\x21-\x7e]{1,128}$/)
  const text = await readBody({ request: context.req.raw, maxBytes: limits.bodyBytes, signal })
  const { request, stream, includeUsage, ignoredFields } = parseChatRequest({ body: parseJsonBody({ text }), id })
  if (ignoredFields.length > 0) context.header('x-edgewise-ignored-fields', ignoredFields.join(', '))
  const named: InferenceRequest = conversation === undefined ? request : { ...request, conversation }
  return { request: named, stream, includeUsage }
}

function header(context: ChatContext, name: string, form: RegExp): string | undefined {
  const value = context.req.header(name)
  if (value === undefined || form.test(value)) return value
  throw new EdgewiseError('invalid-request', `Header ${name} must match ${form.source}.`, { param: name })
}

async function collected(parts: AsyncIterable<StreamPart>, signal: AbortSignal): Promise<readonly StreamPart[]> {
  try {
    const all: StreamPart[] = []
    for await (const part of parts) all.push(part)
    return all
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown
  }
}
