import { Kysely } from 'kysely'
import type { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { doChores, forgetAfter } from '../do-chores.ts'
import { createEdges } from '../edges.ts'
import { createJoinTokens } from '../join-tokens.ts'
import { createKeptAnswers } from '../kept-answers.ts'
import { migrate } from '../migrate.ts'
import { SteadyTime } from '../steady-time.ts'
import type { HubStore } from '../store.ts'
import type { Tables } from '../tables.ts'
import { createPostgresDeliveries } from './postgres-deliveries.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { postgresError, postgresPlace } from './postgres-place.ts'
import { createPostgresPool, explainedPool } from './postgres-pool.ts'
import { createPostgresSpending } from './postgres-spending.ts'
import { RunLocks } from './run-locks.ts'

export interface OpenPostgresStoreOptions {
  /** `postgresql://user:password@host:port/database`, with the options of libpq such as `sslmode`. */
  readonly url: string
  readonly clock?: Clock
  /** What edges have delivered is forgotten after this time. */
  readonly keepDeliveriesDays?: number
  /** Hears of connections that broke while nobody used them. */
  readonly onError?: (error: EdgewiseError) => void
}

/**
 * What a hub remembers, in PostgreSQL, for several hubs at the same time: brings the database to the newest migration, one hub at a time.
 * Throws `config-invalid` for a URL that is none, `store-failed` when the database cannot be used.
 */
export async function openPostgresStore(options: OpenPostgresStoreOptions): Promise<HubStore> {
  const { url, clock = systemClock, keepDeliveriesDays = 90, onError = () => {} } = options
  const place = postgresPlace(url)
  const pool = createPostgresPool({ url, place, onError })
  const db = new Kysely<Tables>({ dialect: postgresDialect(explainedPool(pool, place)) })
  const runs = new RunLocks({ pool, place, onError })
  try {
    await migrate(db, place)
    const time = new SteadyTime({ clock, notBefore: 0 })
    const deliveries = createPostgresDeliveries({ pool, place })
    const keptAnswers = createKeptAnswers({ db })
    const chores = [
      forgetAfter(keepDeliveriesDays, deliveries.forget),
      (limit: number, now: number) => keptAnswers.forget(now, limit),
    ]
    return {
      edges: createEdges({ db }),
      joinTokens: createJoinTokens({ db }),
      keptAnswers,
      spending: createPostgresSpending({ pool, place, runs }),
      deliveries,
      // Space is the server's own affair.
      housekeeping: { run: async (signal) => ({ rows: await doChores({ chores, time, signal }), bytes: 0 }) },
      async [Symbol.asyncDispose]() {
        await runs[Symbol.asyncDispose]()
        await db.destroy()
      },
    }
  } catch (thrown) {
    await db.destroy()
    throw postgresError(place, thrown)
  }
}
