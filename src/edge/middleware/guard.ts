import type { Guard } from '../../privacy/guard.ts'
import type { Middleware } from '../exchange.ts'

/** Makes the two views of the request: raw for what stays, sanitised for what may leave. */
export function guarding({ guard }: { guard: Guard }): Middleware {
  return (exchange, next) => next({ ...exchange, views: guard.protect(exchange.request) })
}
