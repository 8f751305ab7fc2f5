import type { Clock } from '../../spec/ports.ts'
import type { HubStore, JoinedEdge, Spent } from '../../store/store.ts'
import type { HubConfig } from '../config.ts'
import { limitsOf } from '../limits/caller-limits.ts'
import { dayOf } from '../money/period.ts'

/** What a caller used in a stretch of time, and what it may spend in it. Money is in millionths of the hub's currency. */
export interface UsedInPeriod extends Omit<Spent, 'caller' | 'day'> {
  readonly mostMicros: number | null
}

export interface CallerUsage {
  /** Id of an edge, or `api-key`. */
  readonly caller: string
  readonly name: string
  readonly currency: string
  /** Since midnight, UTC. */
  readonly today: UsedInPeriod
  /** Since the first of the month, UTC. */
  readonly month: UsedInPeriod
}

export interface CallerUsageOptions {
  readonly store: Pick<HubStore, 'edges' | 'spending'>
  readonly config: Pick<HubConfig, 'limits' | 'currency'>
  readonly clock: Clock
}

/** Usage of every caller that there is or was this month; edges in the order in which they joined. */
export async function usageOfCallers({ store, config, clock }: CallerUsageOptions): Promise<readonly CallerUsage[]> {
  const today = dayOf(clock.now())
  const spent = await store.spending.since(`${today.slice(0, 7)}-01`)
  const names = new Map((await store.edges.list()).map((edge: JoinedEdge) => [edge.id, edge.name]))
  const callers = new Set([...names.keys(), ...spent.map(({ caller }) => caller)])
  return [...callers].map((caller) => {
    const { microsPerDay, microsPerMonth } = limitsOf(config.limits, caller)
    const own = spent.filter((row) => row.caller === caller)
    const ofToday = own.filter(({ day }) => day === today)
    return {
      caller,
      name: names.get(caller) ?? caller,
      currency: config.currency,
      today: { ...sumOf(ofToday), mostMicros: microsPerDay ?? null },
      month: { ...sumOf(own), mostMicros: microsPerMonth ?? null },
    }
  })
}

function sumOf(rows: readonly Spent[]): Omit<UsedInPeriod, 'mostMicros'> {
  const sum = (of: (row: Spent) => number) => rows.reduce((total, row) => total + of(row), 0)
  return {
    micros: sum(({ micros }) => micros),
    requests: sum(({ requests }) => requests),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    completionTokens: sum(({ completionTokens }) => completionTokens),
  }
}
