import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { RefusedReservation, SpendingBook, Spent, WantedReservation } from './store.ts'
import { storeError } from './store-error.ts'

export interface SpendingOptions {
  readonly database: DatabaseSync
  readonly path: string
}

type Statement = keyof typeof statements

/** `committed` is what was spent and what is set aside, by the days that a pattern names. */
const committed = `
  SELECT coalesce(sum(micros), 0) AS committed FROM (
    SELECT micros FROM spending WHERE caller = $caller AND day LIKE $days
    UNION ALL SELECT micros FROM reservations WHERE caller = $caller AND day LIKE $days)`

const statements = {
  committed,
  reserve: 'INSERT INTO reservations (run, caller, day, micros) VALUES ($run, $caller, $day, $micros) RETURNING id',
  take: 'DELETE FROM reservations WHERE id = $id RETURNING caller, day',
  takeLeft: 'DELETE FROM reservations WHERE run != $run RETURNING caller, day, micros',
  add: `
    INSERT INTO spending (caller, day, micros, requests, prompt_tokens, completion_tokens)
    VALUES ($caller, $day, $micros, $requests, $promptTokens, $completionTokens)
    ON CONFLICT (caller, day) DO UPDATE SET
      micros = micros + excluded.micros,
      requests = requests + excluded.requests,
      prompt_tokens = prompt_tokens + excluded.prompt_tokens,
      completion_tokens = completion_tokens + excluded.completion_tokens`,
  since: `
    SELECT caller, day, micros, requests, prompt_tokens AS promptTokens, completion_tokens AS completionTokens
    FROM spending WHERE day >= $day ORDER BY day, caller`,
} as const

interface Waiting {
  /** Does the work within the open transaction; what it gives tells the caller, once that is committed. */
  readonly run: () => () => void
  readonly reject: (error: unknown) => void
}

/** Spending in SQLite, on disk when a call resolves. */
export class SqliteSpending implements SpendingBook {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #statements = new Map<Statement, StatementSync>()
  readonly #waiting: Waiting[] = []

  constructor({ database, path }: SpendingOptions) {
    this.#database = database
    this.#path = path
  }

  reserve(wanted: WantedReservation): Promise<{ readonly id: number } | RefusedReservation> {
    return this.#write(() => {
      const { run, caller, day, micros } = wanted
      const refusal = this.#refusal(wanted)
      return refusal ?? { id: Number(this.#sql('reserve').get({ run, caller, day, micros })?.id) }
    })
  }

  settle(id: number, spent: Omit<Spent, 'caller' | 'day'>): Promise<boolean> {
    return this.#write(() => {
      const reservation = this.#sql('take').get({ id })
      if (reservation === undefined) return false
      this.#add({ ...spent, caller: String(reservation.caller), day: String(reservation.day) })
      return true
    })
  }

  add(entries: readonly Spent[]): Promise<void> {
    return this.#write(() => {
      for (const entry of entries) this.#add(entry)
    })
  }

  reconcile(run: string): Promise<readonly { readonly caller: string; readonly micros: number }[]> {
    return this.#write(() => {
      const left = this.#sql('takeLeft').all({ run }) as unknown as readonly Pick<Spent, 'caller' | 'day' | 'micros'>[]
      for (const row of left) this.#add({ ...row, requests: 1, promptTokens: 0, completionTokens: 0 })
      return left.map(({ caller, micros }) => ({ caller, micros }))
    })
  }

  since(day: string): Promise<readonly Spent[]> {
    return this.#write(() => {
      const rows = this.#sql('since').all({ day }) as unknown as readonly Spent[]
      return rows.map((row) => ({ ...row }))
    })
  }

  /** Writes what is waiting. */
  close(): void {
    this.#commit()
  }

  #add({ caller, day, micros, requests, promptTokens, completionTokens }: Spent): void {
    this.#sql('add').run({ caller, day, micros, requests, promptTokens, completionTokens })
  }

  #refusal({ caller, day, micros, mostPerDay, mostPerMonth }: WantedReservation): RefusedReservation | undefined {
    const month = this.#committed(caller, `${day.slice(0, 7)}-%`)
    if (mostPerMonth !== undefined && month + micros > mostPerMonth) return { exceeded: 'month', committed: month }
    const today = this.#committed(caller, day)
    if (mostPerDay !== undefined && today + micros > mostPerDay) return { exceeded: 'day', committed: today }
    return undefined
  }

  #committed(caller: string, days: string): number {
    return Number(this.#sql('committed').get({ caller, days })?.committed)
  }

  #sql(name: Statement): StatementSync {
    const known = this.#statements.get(name) ?? this.#database.prepare(statements[name])
    this.#statements.set(name, known)
    return known
  }

  /** Whatever comes in the same turn of the event loop shares one commit: each one costs a wait for the disk. */
  #write<T>(act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          const result = this.#orNothing('one', act)
          return () => resolve(result)
        } catch (thrown) {
          return () => reject(storeError(this.#path, thrown))
        }
      }
      this.#waiting.push({ run, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#commit())
    })
  }

  #commit(): void {
    const group = this.#waiting.splice(0)
    if (group.length === 0) return
    try {
      const settled = this.#atOnce(() => group.map(({ run }) => run()))
      for (const settle of settled) settle()
    } catch (thrown) {
      const error = storeError(this.#path, thrown)
      for (const { reject } of group) reject(error)
    }
  }

  /** In one turn of the event loop: a transaction that waits in between would hold its lock meanwhile. */
  #atOnce<T>(act: () => T): T {
    // One of Kysely's may be open on this connection; ours then is a part of it.
    if (this.#database.isTransaction) return this.#orNothing('group', act)
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = act()
      this.#database.exec('COMMIT')
      return result
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw thrown
    }
  }

  #orNothing<T>(savepoint: 'one' | 'group', act: () => T): T {
    this.#database.exec(`SAVEPOINT ${savepoint}`)
    try {
      return act()
    } catch (thrown) {
      this.#database.exec(`ROLLBACK TO ${savepoint}`)
      throw thrown
    } finally {
      this.#database.exec(`RELEASE ${savepoint}`)
    }
  }
}
