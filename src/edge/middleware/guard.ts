import type { Guard } from '../../privacy/guard.ts'
import type { RequestViews } from '../../spec/outbound.ts'
import type { Middleware } from '../exchange.ts'

/** Makes the two views of the request: raw for what stays, sanitised for what may leave. A rehearsal leaves no trace in the memory of the guard. */
export function guarding({ guard }: { guard: Guard }, { isRehearsal = false } = {}): Middleware {
  return (exchange, next) => {
    const { request, keyId, signal, trace } = exchange
    const proceed = (views: RequestViews) => {
      if (views.report !== undefined) trace.guarded(views.report)
      return next({ ...exchange, views })
    }
    const views = guard.protect(request, { keyId, signal, isRehearsal })
    return views instanceof Promise ? views.then(proceed) : proceed(views)
  }
}
