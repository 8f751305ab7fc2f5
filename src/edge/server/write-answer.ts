import type { Context } from 'hono'
import { streamAnswer } from '../../openai/http/answer-stream.ts'
import { afterFirstPart } from '../../openai/http/first-part.ts'
import type { Plan } from '../../spec/plan.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { StreamForm, WholeAnswer } from '../coalescing/shared-answer.ts'
import { tap } from '../tap.ts'
import type { Arrival, ReadExchange } from './read-exchange.ts'

/** Longest wait before the headers of a stream go out, so that an early failure becomes a real HTTP status. */
const headersWithinMs = 500
/** Silence after which a comment line keeps a stream alive. */
const keepAliveMs = 10_000

/** The one text of an answer that is no stream, and its headers. */
export async function composed(read: ReadExchange, plan: Plan, parts: readonly StreamPart[]): Promise<WholeAnswer> {
  const text = JSON.stringify(await read.call.whole(parts))
  const place = parts.findLast((part) => part.type === 'placement') ?? plan
  return { text, headers: { 'content-type': 'application/json', ...described(read, place) } }
}

/** How an answer is written as it comes. */
export function streamForm(read: ReadExchange, plan: Plan): StreamForm {
  const { encoder } = read.call
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return { headers: { ...headers, ...described(read, plan) }, isExact: plan.exact, encoder }
}

/** The response of an answer as it comes; the request is released when it is over. */
export async function streamed(
  made: AsyncIterable<StreamPart>,
  { headers, isExact, encoder }: StreamForm,
  { signal, release }: Arrival,
  { clock }: { readonly clock: Clock },
): Promise<Response> {
  const watched = tap(made, { onEnd: release })
  // A plan that may hold its first words back is not waited for.
  const parts = isExact ? await afterFirstPart({ parts: watched, withinMs: headersWithinMs, clock }) : watched
  return new Response(streamAnswer({ parts, encoder: encoder(), signal, keepAliveMs, clock }), { headers })
}

/** Lets go of a request that failed; its answer still says which one it was. */
export function failed(
  error: unknown,
  context: Context,
  { release }: Arrival,
  headers: Readonly<Record<string, string>> | undefined,
): unknown {
  release()
  for (const [name, value] of Object.entries(headers ?? {})) context.header(name, value)
  return error
}

interface Place {
  readonly placement: string
  readonly reason: string
}

/** The headers that say which request an answer belongs to and, when that is known, where it came from. Plain, since a Response makes its own of them only when it must. */
export function described({ exchange, call }: ReadExchange, place?: Place): Record<string, string> {
  const { ignoredFields } = call
  return {
    'x-edgewise-request-id': exchange.request.id,
    ...(place === undefined ? {} : { 'x-edgewise-placement': place.placement, 'x-edgewise-reason': place.reason }),
    ...(ignoredFields.length === 0 ? {} : { 'x-edgewise-ignored-fields': ignoredFields.slice(0, 20).join(', ') }),
  }
}
