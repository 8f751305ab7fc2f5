import type { Context } from 'hono'
import { streamAnswer } from '../../openai/http/answer-stream.ts'
import { afterFirstPart } from '../../openai/http/first-part.ts'
import type { Plan } from '../../spec/plan.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Answer } from '../exchange.ts'
import { tap } from '../tap.ts'
import type { Arrival, ReadExchange } from './read-exchange.ts'

/** Longest wait before the headers of a stream go out, so that an early failure becomes a real HTTP status. */
const headersWithinMs = 500
/** Silence after which a comment line keeps a stream alive. */
const keepAliveMs = 10_000

/** A request that is being answered. */
export interface Answered extends ReadExchange {
  readonly plan: Plan
}

/** The one text of an answer that is no stream, and its headers. */
export async function composed({ call, exchange, plan, parts }: Answered & { readonly parts: readonly StreamPart[] }) {
  const text = JSON.stringify(await call.whole(parts))
  const place = parts.findLast((part) => part.type === 'placement') ?? plan
  return { text, headers: { 'content-type': 'application/json', ...described({ call, exchange }, place) } }
}

/** The response of an answer as it comes; the request is released when it is over. `more` are further headers. */
export async function streamed(
  { call, exchange, plan, parts: made }: Answered & Answer,
  { signal, release }: Arrival,
  { clock }: { readonly clock: Clock },
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const watched = tap(made, { onEnd: release })
  // A plan that may hold its first words back is not waited for.
  const parts = plan.exact ? await afterFirstPart({ parts: watched, withinMs: headersWithinMs, clock }) : watched
  const body = streamAnswer({ parts, encoder: call.encoder(), signal, keepAliveMs, clock })
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(body, { headers: { ...headers, ...described({ call, exchange }, plan), ...more } })
}

/** Lets go of a request that failed; its answer still says which one it was. */
export function failed(
  error: unknown,
  context: Context,
  { release }: Arrival,
  read: ReadExchange | undefined,
): unknown {
  release()
  if (read !== undefined)
    for (const [name, value] of Object.entries(described(read, undefined))) context.header(name, value)
  return error
}

interface Place {
  readonly placement: string
  readonly reason: string
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
