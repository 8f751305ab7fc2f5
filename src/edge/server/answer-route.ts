import type { Context } from 'hono'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Coalescing } from '../coalescing/coalescer.ts'
import type { Attempt } from '../coalescing/join-keys.ts'
import type { Edge } from '../edge.ts'
import type { AccessVariables } from './access.ts'
import { answerAttempt } from './answer-attempt.ts'
import { readAttempt } from './attempt.ts'
import type { EdgeDialect } from './dialect.ts'
import {
  type Arrival,
  type ReadExchange,
  type ReadExchangeOptions,
  readArrival,
  readExchange,
} from './read-exchange.ts'
import { composed, described, failed, streamed, streamForm } from './write-answer.ts'

export interface AnswerRouteOptions extends ReadExchangeOptions {
  readonly edge: Edge
  /** Brings the attempts at one request together; absent: each runs by itself. */
  readonly coalescing?: Coalescing
}

type AnswerContext = Context<AccessVariables>

/** A route that answers in the given dialect: the whole answer as JSON, or as it comes. */
export function answerRoute(
  dialect: EdgeDialect,
  options: AnswerRouteOptions,
): (context: AnswerContext) => Promise<Response> {
  const { coalescing } = options
  const answer = answering(dialect, options)
  return async (context) => {
    const attempt = coalescing === undefined ? undefined : readAttempt(context)
    return answer(context, await readArrival(context, options), attempt)
  }
}

/** The answer to a request whose body has been read. */
export function answering(
  dialect: EdgeDialect,
  options: AnswerRouteOptions,
): (context: AnswerContext, arrival: Arrival, attempt: Attempt | undefined) => Promise<Response> {
  const { coalescing, edge } = options
  return async (context, arrival, attempt) => {
    if (coalescing !== undefined && attempt !== undefined) {
      return answerAttempt({ context, arrival, attempt, dialect, options, coalescing })
    }
    let read: ReadExchange | undefined
    try {
      read = await readExchange(arrival, dialect, options, arrival.signal)
      const answer = await edge.answer(read.exchange)
      if (read.call.stream) return await streamed(answer.parts, streamForm(read, answer.plan), arrival, options)
      const parts: StreamPart[] = []
      for await (const part of answer.parts) parts.push(part)
      arrival.release()
      const { text, headers } = await composed(read, answer.plan, parts)
      return new Response(text, { headers })
    } catch (error) {
      throw failed(error, context, arrival, read && described(read))
    }
  }
}

/** What would happen to this request, and why. Nothing is executed. */
export function planRoute(
  dialect: EdgeDialect,
  options: AnswerRouteOptions,
): (context: AnswerContext) => Promise<Response> {
  return async (context) => {
    const arrival = await readArrival(context, options)
    try {
      const { exchange } = await readExchange(arrival, dialect, options, arrival.signal)
      return context.json(await options.edge.plan(exchange))
    } finally {
      arrival.release()
    }
  }
}
