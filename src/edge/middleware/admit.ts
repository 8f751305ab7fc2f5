import type { Middleware } from '../exchange.ts'
import type { Places } from '../places.ts'
import { tap } from '../tap.ts'

/** Lets a request in when there is a place for it; one too many is refused at once, so that it can go elsewhere. */
export function admit({ places }: { places: Places }): Middleware {
  return async (exchange, next) => {
    const leave = places.take(exchange.request.priority)
    try {
      const answer = await next(exchange)
      return { ...answer, parts: tap(answer.parts, { onEnd: leave }) }
    } catch (error) {
      leave()
      throw error
    }
  }
}
