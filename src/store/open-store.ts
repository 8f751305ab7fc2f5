import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { EdgewiseError } from '../spec/errors.ts'
import type { Clock, Random } from '../spec/ports.ts'
import { systemClock } from '../spec/system-clock.ts'
import { SqliteDecisions } from './decisions.ts'
import type { DeliveryBook } from './deliveries/delivery-book.ts'
import { createSqliteDeliveries } from './deliveries/sqlite-deliveries.ts'
import { type Chore, forgetAfter } from './do-chores.ts'
import { createEdges } from './edges.ts'
import { createEvaluations } from './evaluations.ts'
import { GroupCommit } from './group-commit.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createJoinTokens } from './join-tokens.ts'
import { createKeptAnswers } from './kept-answers.ts'
import { createKeys } from './keys.ts'
import { migrate } from './migrate.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openWhole } from './open-whole.ts'
import type { OutboxLimits } from './outbox/outbox.ts'
import { createSqliteOutbox, type SqliteOutbox } from './outbox/sqlite-outbox.ts'
import { createPseudonyms } from './pseudonyms.ts'
import type { QuarantineReport } from './quarantine.ts'
import { type ResponseLimits, SqliteResponses } from './responses.ts'
import { SqliteSpending } from './spending.ts'
import type { EdgeStore, KeptAnswerBook } from './store.ts'
import { storeError } from './store-error.ts'
import type { Tables } from './tables.ts'

const defaultLimits: OutboxLimits = { rows: 2_000_000, bytes: 2 ** 30, entryBytes: 2 ** 20 }

export interface OpenStoreOptions {
  /** The SQLite file, made if absent; or `:memory:`. */
  readonly path: string
  readonly clock?: Clock
  /** Decisions older than this are forgotten. */
  readonly keepDays?: number
  /** Decisions beyond this number are forgotten, oldest first. */
  readonly keepRows?: number
  /** How long and how much of responses is kept; they hold content. Absent: opening and using the store forgets none. */
  readonly responses?: ResponseLimits
  /** Most that the outbox takes in. */
  readonly outbox?: OutboxLimits
  /** Entries of the outbox that are finished are remembered so long (default 30): for idempotency keys, and for whoever looks what became of one. */
  readonly keepFinishedDays?: number
  /** Finished entries beyond this number (default 100,000) are forgotten, oldest first. */
  readonly keepFinishedRows?: number
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
  const { database, quarantined } = await openWhole({ path, now: clock.now(), mayMove: onDamage !== undefined })
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect({ database, path }) })
  try {
    await migrate(db, path)
    if (quarantined !== undefined) onDamage?.(quarantined)
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
  const { database, db, path, clock, onError = () => {}, random = Math.random } = opened
  const { keepDays = 30, keepRows = 50_000, outbox: limits = defaultLimits } = opened
  const tidyNow = opened.keepDays !== undefined || opened.keepRows !== undefined
  const commits = new GroupCommit({ database, path })
  const outbox = createSqliteOutbox({ database, commits, clock, random, limits })
  const { time } = outbox
  const decisions = new SqliteDecisions({ database, db, path, clock, time, keepDays, keepRows, tidyNow, onError })
  const responses = new SqliteResponses({ database, path, clock, time, limits: opened.responses, onError })
  commits.onCommit(() => responses.committed())
  const deliveries = createSqliteDeliveries({ database, commits })
  const keptAnswers = createKeptAnswers({ db })
  const chores = choresOf({ ...opened, commits, outbox, responses, deliveries, keptAnswers })
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
    housekeeping: createHousekeeping({ database, commits, time, chores }),
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

interface ChoresOptions extends Omit<OpenStoreOptions, 'responses' | 'outbox'> {
  readonly commits: GroupCommit
  readonly outbox: SqliteOutbox
  readonly responses: SqliteResponses
  readonly deliveries: DeliveryBook
  readonly keptAnswers: KeptAnswerBook
}

function choresOf(options: ChoresOptions): readonly Chore[] {
  const { commits, outbox, responses, deliveries, keptAnswers } = options
  const { keepFinishedDays = 30, keepFinishedRows = 100_000, keepDeliveriesDays = 90 } = options
  return [
    async () => (await outbox.expire()).length,
    forgetAfter(keepFinishedDays, outbox.forgetFinished),
    (limit) => outbox.forgetBeyond(keepFinishedRows, limit),
    (limit) => commits.write(() => responses.forget(limit)),
    forgetAfter(keepDeliveriesDays, deliveries.forget),
    (limit, now) => keptAnswers.forget(now, limit),
  ]
}
