import type { HubConfig } from '../config.ts'

/** What one caller may take; absent: as much as there is. */
export interface CallerLimits {
  readonly concurrency: number
  readonly requestsPerMinute: number | undefined
  readonly tokensPerMinute: number | undefined
  /** In millionths of the hub's currency. */
  readonly microsPerDay: number | undefined
  readonly microsPerMonth: number | undefined
}

/** The limits of one caller (an edge's id, or `api-key`): those for all, with what is set for it alone in their place. */
export function limitsOf(limits: HubConfig['limits'], caller: string): CallerLimits {
  const own = limits.edges.find(({ edge }) => caller === edge || (edge !== apiKeyCaller && caller.startsWith(edge)))
  const of = <K extends keyof HubConfig['limits']['perEdge']>(key: K) => own?.[key] ?? limits.perEdge[key]
  return {
    concurrency: of('concurrency') ?? Math.ceil(limits.concurrency / 2),
    requestsPerMinute: of('requestsPerMinute'),
    tokensPerMinute: of('tokensPerMinute'),
    microsPerDay: inMicros(of('moneyPerDay')),
    microsPerMonth: inMicros(of('moneyPerMonth')),
  }
}

/** The caller's name of whoever sends the hub's API key. */
export const apiKeyCaller = 'api-key'

function inMicros(money: number | undefined): number | undefined {
  return money === undefined ? undefined : Math.round(money * 1_000_000)
}
