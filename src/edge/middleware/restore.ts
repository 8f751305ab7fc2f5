import type { StreamPart } from '../../spec/stream-part.ts'
import type { Middleware } from '../exchange.ts'

/** Puts back into the answer what the guard took out of the request. */
export function restoring(): Middleware {
  return async (exchange, next) => {
    const answer = await next(exchange)
    const restore = exchange.views?.restore
    return restore === undefined ? answer : { ...answer, parts: restored(answer.parts, restore) }
  }
}

async function* restored(
  parts: AsyncIterable<StreamPart>,
  restore: (text: string) => string,
): AsyncGenerator<StreamPart> {
  for await (const part of parts) yield part.type === 'text-delta' ? { ...part, text: restore(part.text) } : part
}
