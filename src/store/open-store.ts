import { Kysely } from 'kysely'
import type { EdgewiseError } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import { systemClock } from '../spec/system-clock.ts'
import { SqliteDecisions } from './decisions.ts'
import { createEdges } from './edges.ts'
import { createEvaluations } from './evaluations.ts'
import { createJoinTokens } from './join-tokens.ts'
import { createKeys } from './keys.ts'
import { migrate } from './migrate.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openDatabase } from './open-database.ts'
import { createPseudonyms } from './pseudonyms.ts'
import { SqliteResponses } from './responses.ts'
import { SqliteSpending } from './spending.ts'
import type { Store } from './store.ts'
import { storeError } from './store-error.ts'
import type { Tables } from './tables.ts'

export interface OpenStoreOptions {
  /** The SQLite file, made if absent; or `:memory:`. */
  readonly path: string
  readonly clock?: Clock
  /** Decisions older than this are forgotten. */
  readonly keepDays?: number
  /** Decisions beyond this number are forgotten, oldest first. */
  readonly keepRows?: number
  /** How long and how much of responses is kept; they hold content. */
  readonly responses?: { readonly keepDays: number; readonly keepBytes: number }
  /** Hears of decisions that could not be written in the background. */
  readonly onError?: (error: EdgewiseError) => void
}

/**
 * Opens the store at `path` and brings it to the newest migration. Several processes may open the same file. Throws `store-failed`
 * for a damaged, foreign, newer or forbidden file.
 */
export async function openStore({
  path,
  clock = systemClock,
  keepDays = 30,
  keepRows = 50_000,
  responses: keptResponses = { keepDays: 30, keepBytes: 268_435_456 },
  onError = () => {},
}: OpenStoreOptions): Promise<Store> {
  const database = openDatabase(path)
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect({ database, path }) })
  try {
    await migrate(db, path)
    const decisions = new SqliteDecisions({ database, db, path, clock, keepDays, keepRows, onError })
    const responses = new SqliteResponses({ database, path, clock, onError, ...keptResponses })
    const spending = new SqliteSpending({ database, path })
    return {
      decisions,
      responses,
      keys: createKeys({ db, clock }),
      edges: createEdges({ db }),
      joinTokens: createJoinTokens({ db }),
      evaluations: createEvaluations({ db }),
      spending,
      conversations: createPseudonyms({ db }),
      async [Symbol.asyncDispose]() {
        decisions.close()
        spending.close()
        responses.close()
        await db.destroy()
      },
    }
  } catch (thrown) {
    database.close()
    throw storeError(path, thrown)
  }
}
