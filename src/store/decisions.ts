import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import type { Decision } from '../spec/decision.ts'
import type { EdgewiseError } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import { DelayedWrite } from './delayed-write.ts'
import type { DecisionLog } from './store.ts'
import { storeError } from './store-error.ts'
import type { Tables } from './tables.ts'

const flushRows = 256
/** While the disk refuses, this many newest decisions are kept in memory. */
const waitingRows = 4096
const tidyEveryRows = 1000
const dayMs = 86_400_000

export interface DecisionLogOptions {
  readonly database: DatabaseSync
  readonly db: Kysely<Tables>
  readonly path: string
  readonly clock: Clock
  /** Tells the moment, milliseconds since 1970. */
  readonly time: { now(): number }
  readonly keepDays: number
  readonly keepRows: number
  /** Forget already now what is too old or too much, not only with the first decision that is written. */
  readonly tidyNow: boolean
  /** Hears of decisions that could not be written; they are tried again with the next ones. */
  readonly onError: (error: EdgewiseError) => void
}

/** Decisions in SQLite, written in groups so that a request never waits for the disk. */
export class SqliteDecisions implements DecisionLog {
  readonly #options: DecisionLogOptions
  readonly #insert: StatementSync
  readonly #waiting = new Map<string, Decision>()
  readonly #later: DelayedWrite
  #isRefused = false
  #rowsToTidy = 0

  constructor(options: DecisionLogOptions) {
    this.#options = options
    this.#later = new DelayedWrite({ clock: options.clock, write: () => this.#write() })
    // One statement is one transaction, and needs no other that could be open at the same time.
    this.#insert = options.database.prepare(
      `INSERT OR REPLACE INTO decisions (request_id, saved_at, body)
       SELECT value ->> 'requestId', ?, value FROM json_each(?)`,
    )
    if (options.tidyNow) this.#tidy()
  }

  save(decision: Decision): void {
    // Set again, a known key would keep its old place.
    this.#waiting.delete(decision.requestId)
    this.#waiting.set(decision.requestId, decision)
    if (this.#waiting.size >= flushRows && !this.#isRefused) this.#write()
    else this.#later.soon()
  }

  async flush(): Promise<void> {
    const error = this.#write()
    if (error !== undefined) throw error
  }

  async find(requestId: string): Promise<Decision | undefined> {
    const waiting = this.#waiting.get(requestId)
    if (waiting !== undefined) return waiting
    const { db } = this.#options
    const row = await db.selectFrom('decisions').select('body').where('request_id', '=', requestId).executeTakeFirst()
    return row === undefined ? undefined : parse(row.body)
  }

  async recent(limit: number): Promise<readonly Decision[]> {
    this.#write()
    const { db } = this.#options
    const rows = await db.selectFrom('decisions').select('body').orderBy('sequence', 'desc').limit(limit).execute()
    return rows.map((row) => parse(row.body))
  }

  /** Writes what is waiting and ends the timer. */
  close(): void {
    this.#later.close()
    this.#write()
  }

  #write(): EdgewiseError | undefined {
    if (this.#waiting.size === 0) return undefined
    const { time, path, onError } = this.#options
    try {
      this.#insert.run(time.now(), JSON.stringify([...this.#waiting.values()]))
      this.#rowsToTidy -= this.#waiting.size
      this.#waiting.clear()
      this.#isRefused = false
      if (this.#rowsToTidy <= 0) this.#tidy()
      return undefined
    } catch (thrown) {
      const error = storeError(path, thrown)
      this.#isRefused = true
      this.#forgetOldest()
      onError(error)
      return error
    }
  }

  #forgetOldest(): void {
    for (const requestId of this.#waiting.keys()) {
      if (this.#waiting.size <= waitingRows) return
      this.#waiting.delete(requestId)
    }
  }

  #tidy(): void {
    const { database, time, keepDays, keepRows } = this.#options
    this.#rowsToTidy = tidyEveryRows
    database.prepare('DELETE FROM decisions WHERE saved_at < ?').run(time.now() - keepDays * dayMs)
    database.prepare('DELETE FROM decisions WHERE sequence <= (SELECT max(sequence) FROM decisions) - ?').run(keepRows)
  }
}

/** Only this file writes the column, and always from a Decision. */
function parse(body: string): Decision {
  return JSON.parse(body) as Decision
}
