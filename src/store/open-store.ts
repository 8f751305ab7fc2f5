import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { EdgewiseError } from '../spec/errors.ts'
import type { Clock, Random } from '../spec/ports.ts'
import { systemClock } from '../spec/system-clock.ts'
import { SqliteDecisions } from './decisions.ts'
import { createSqliteDeliveries } from './deliveries/sqlite-deliveries.ts'
import { forgetAfter } from './do-chores.ts'
import { createEdges } from './edges.ts'
import { createEvaluations } from './evaluations.ts'
import { GroupCommit } from './group-commit.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createJoinTokens } from './join-tokens.ts'
import { createKeptAnswers } from './kept-answers.ts'
import { createKeys } from './keys.ts'
import { migrate } from './migrate.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openDatabase } from './open-database.ts'
import type { OutboxLimits } from './outbox/outbox.ts'
import { createSqliteOutbox } from './outbox/sqlite-outbox.ts'
import { createPseudonyms } from './pseudonyms.ts'
import { isDamage, moveAside, type QuarantineReport, rescue } from './quarantine.ts'
import { SqliteResponses } from './responses.ts'
import { SqliteSpending } from './spending.ts'
import type { EdgeStore } from './store.ts'
import { storeError } from './store-error.ts'
import type { Tables } from './tables.ts'

/** Entries of the outbox that are finished are remembered so long: for idempotency keys, and for whoever looks why one failed. */
const finishedDays = 30
const defaultLimits: OutboxLimits = { rows: 2_000_000, bytes: 2 ** 30, entryBytes: 2 ** 20 }

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
  /** Most that the outbox takes in. */
  readonly outbox?: OutboxLimits
  /** For the backoff of entries that failed. */
  readonly random?: Random
  /** What edges have delivered is forgotten after this time. */
  readonly keepDeliveriesDays?: number
  /**
   * For the program that the store belongs to: a damaged file is moved aside, a fresh one takes its place with what could be rescued, and this hears of it.
   * Absent: a damaged file is refused.
   */
  readonly onDamage?: (report: QuarantineReport) => void
  /** Hears of decisions that could not be written in the background. */
  readonly onError?: (error: EdgewiseError) => void
}

/**
 * Opens the store at `path` and brings it to the newest migration. Several processes may open the same file. Throws `store-failed`
 * for a damaged, foreign, newer or forbidden file.
 */
export async function openStore(options: OpenStoreOptions): Promise<EdgeStore> {
  const { path, clock = systemClock, onDamage } = options
  const { database, quarantined } = openWhole({ path, now: clock.now(), mayMove: onDamage !== undefined })
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect({ database, path }) })
  try {
    await migrate(db, path)
    if (quarantined !== undefined) onDamage?.({ ...quarantined, ...rescue(quarantined.movedTo, database) })
    return assemble({ ...options, clock, database, db })
  } catch (thrown) {
    database.close()
    throw storeError(path, thrown)
  }
}

interface Opened extends OpenStoreOptions {
  readonly clock: Clock
  readonly database: DatabaseSync
  readonly db: Kysely<Tables>
}

function assemble(opened: Opened): EdgeStore {
  const {
    database,
    db,
    path,
    clock,
    onError = () => {},
    random = Math.random,
    keepDays = 30,
    keepRows = 50_000,
  } = opened
  const { responses: kept = { keepDays: 30, keepBytes: 268_435_456 }, outbox: limits = defaultLimits } = opened
  const commits = new GroupCommit({ database, path })
  const decisions = new SqliteDecisions({ database, db, path, clock, keepDays, keepRows, onError })
  const responses = new SqliteResponses({ database, path, clock, onError, ...kept })
  const outbox = createSqliteOutbox({ database, commits, clock, random, limits })
  const deliveries = createSqliteDeliveries({ database, commits })
  const keptAnswers = createKeptAnswers({ db })
  const { keepDeliveriesDays = 90 } = opened
  const chores = [
    async () => (await outbox.expire()).length,
    forgetAfter(finishedDays, outbox.forgetFinished),
    forgetAfter(keepDeliveriesDays, deliveries.forget),
    (limit: number, now: number) => keptAnswers.forget(now, limit),
  ]
  return {
    decisions,
    responses,
    keys: createKeys({ db, clock }),
    edges: createEdges({ db }),
    joinTokens: createJoinTokens({ db }),
    evaluations: createEvaluations({ db }),
    spending: new SqliteSpending({ database, commits }),
    deliveries,
    outbox,
    housekeeping: createHousekeeping({ database, commits, clock, chores }),
    transaction: (act) => commits.write(() => act({ outbox: outbox.writes, responses: responses.writes })),
    conversations: createPseudonyms({ db }),
    keptAnswers,
    async [Symbol.asyncDispose]() {
      decisions.close()
      responses.close()
      commits.flush()
      await db.destroy()
    },
  }
}

interface OpenWholeOptions {
  readonly path: string
  readonly now: number
  readonly mayMove: boolean
}

/** The database; in place of a damaged one a fresh one, if that may be. */
function openWhole({ path, now, mayMove }: OpenWholeOptions) {
  try {
    return { database: openDatabase(path) }
  } catch (thrown) {
    if (!mayMove || !isDamage(thrown)) throw thrown
    const because = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown)
    const movedTo = moveAside(path, now)
    return { database: openDatabase(path), quarantined: { movedTo, because } }
  }
}
