import type { RequestViews } from '../../spec/outbound.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Middleware } from '../exchange.ts'

/** Puts back into the answer what the guard took out of the request. */
export function restoring(): Middleware {
  return async (exchange, next) => {
    const answer = await next(exchange)
    return exchange.views === undefined ? answer : { ...answer, parts: restored(answer.parts, exchange.views) }
  }
}

async function* restored(parts: AsyncIterable<StreamPart>, { restore }: RequestViews): AsyncGenerator<StreamPart> {
  for await (const part of parts) yield part.type === 'text-delta' ? { ...part, text: restore(part.text) } : part
}
