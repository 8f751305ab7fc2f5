import type { Placement } from '../../placements/placement.ts'
import type { Middleware } from '../exchange.ts'

/** Puts back into the answer what the guard took out of the request: in what a place wrote that saw the sanitised view, and only there. */
export function restoring({ placements }: { readonly placements: readonly Placement[] }): Middleware {
  return async (exchange, next) => {
    const answer = await next(exchange)
    const restoreParts = exchange.views?.restoreParts
    if (restoreParts === undefined) return answer
    const readsSanitised = (kind: Placement['kind']) =>
      placements.find((placement) => placement.kind === kind)?.discloses !== 'nothing'
    return { ...answer, parts: restoreParts(answer.parts, readsSanitised) }
  }
}
