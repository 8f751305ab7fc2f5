import type { Context } from 'hono'
import { streamAnswer } from '../../openai/http/answer-stream.ts'
import { afterFirstPart } from '../../openai/http/first-part.ts'
import type { Plan } from '../../spec/plan.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Edge } from '../edge.ts'
import type { Answer } from '../exchange.ts'
import { tap } from '../tap.ts'
import type { AccessVariables } from './access.ts'
import type { Dialect } from './dialect.ts'
import { type ReadExchange, type ReadExchangeOptions, readExchange } from './read-exchange.ts'

export interface AnswerRouteOptions extends ReadExchangeOptions {
  readonly edge: Edge
}

type AnswerContext = Context<AccessVariables>

/** Longest wait before the headers of a stream go out, so that an early failure becomes a real HTTP status. */
const headersWithinMs = 500
/** Silence after which a comment line keeps a stream alive. */
const keepAliveMs = 10_000

/** A route that answers in the given dialect: the whole answer as JSON, or as it comes. */
export function answerRoute(
  dialect: Dialect,
  options: AnswerRouteOptions,
): (context: AnswerContext) => Promise<Response> {
  return async (context) => {
    const read = await readExchange(context, dialect, options)
    try {
      const answer = await options.edge.answer(read.exchange)
      if (read.call.stream) return await streamed(read, answer, options)
      const parts: StreamPart[] = []
      for await (const part of answer.parts) parts.push(part)
      read.release()
      const body = JSON.stringify(await read.call.whole(parts))
      return new Response(body, {
        headers: { 'content-type': 'application/json', ...described(read, finalPlace(parts, answer.plan)) },
      })
    } catch (error) {
      read.release()
      for (const [name, value] of Object.entries(described(read, undefined))) context.header(name, value)
      throw error
    }
  }
}

/** What would happen to this request, and why. Nothing is executed. */
export function planRoute(
  dialect: Dialect,
  options: AnswerRouteOptions,
): (context: AnswerContext) => Promise<Response> {
  return async (context) => {
    const { exchange, release } = await readExchange(context, dialect, options)
    try {
      return context.json(await options.edge.plan(exchange))
    } finally {
      release()
    }
  }
}

async function streamed(read: ReadExchange, answer: Answer, { clock }: AnswerRouteOptions): Promise<Response> {
  const { exchange, call, release } = read
  const watched = tap(answer.parts, { onEnd: release })
  // A plan that may hold its first words back is not waited for.
  const parts = answer.plan.exact ? await afterFirstPart({ parts: watched, withinMs: headersWithinMs, clock }) : watched
  const body = streamAnswer({ parts, encoder: call.encoder(), signal: exchange.signal, keepAliveMs, clock })
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(body, { headers: { ...headers, ...described(read, answer.plan) } })
}

interface Place {
  readonly placement: string
  readonly reason: string
}

function finalPlace(parts: readonly StreamPart[], plan: Plan): Place {
  return parts.findLast((part) => part.type === 'placement') ?? plan
}

/** The headers that say where an answer came from. Plain, since a Response makes its own of them only when it must. */
function described({ exchange, call }: ReadExchange, place: Place | undefined): Record<string, string> {
  const { ignoredFields } = call
  return {
    'x-edgewise-request-id': exchange.request.id,
    ...(place === undefined ? {} : { 'x-edgewise-placement': place.placement, 'x-edgewise-reason': place.reason }),
    ...(ignoredFields.length === 0 ? {} : { 'x-edgewise-ignored-fields': ignoredFields.slice(0, 20).join(', ') }),
  }
}
