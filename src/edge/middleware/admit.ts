import { EdgewiseError } from '../../spec/errors.ts'
import type { Middleware } from '../exchange.ts'
import { tap } from '../tap.ts'

/** Lets at most `concurrency` requests run at the same time; one more is refused at once, so that it can go elsewhere. */
export function admit({ concurrency }: { concurrency: number }): Middleware {
  let running = 0
  return async (exchange, next) => {
    if (running >= concurrency) {
      throw new EdgewiseError(
        'overloaded',
        `All ${concurrency} places of this edge are taken. Try again in a second.`,
        {
          retryAfterSeconds: 1,
        },
      )
    }
    running += 1
    try {
      const answer = await next(exchange)
      const parts = tap(answer.parts, {
        onEnd: () => {
          running -= 1
        },
      })
      return { ...answer, parts }
    } catch (error) {
      running -= 1
      throw error
    }
  }
}
