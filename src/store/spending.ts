import type { DatabaseSync } from 'node:sqlite'
import type { GroupCommit } from './group-commit.ts'
import { type Prepared, prepareLater } from './prepare-later.ts'
import type { RefusedReservation, SpendingBook, Spent, WantedReservation } from './store.ts'

export interface SpendingOptions {
  readonly database: DatabaseSync
  readonly commits: GroupCommit
}

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

/** Spending in SQLite, on disk when a call resolves. */
export class SqliteSpending implements SpendingBook {
  readonly #commits: GroupCommit
  readonly #sql: Prepared<keyof typeof statements>

  constructor({ database, commits }: SpendingOptions) {
    this.#commits = commits
    this.#sql = prepareLater(database, statements)
  }

  reserve(wanted: WantedReservation): Promise<{ readonly id: number } | RefusedReservation> {
    return this.#commits.write(() => {
      const { run, caller, day, micros } = wanted
      const refusal = this.#refusal(wanted)
      return refusal ?? { id: Number(this.#sql('reserve').get({ run, caller, day, micros })?.id) }
    })
  }

  settle(id: number, spent: Omit<Spent, 'caller' | 'day'>): Promise<boolean> {
    return this.#commits.write(() => {
      const reservation = this.#sql('take').get({ id })
      if (reservation === undefined) return false
      this.#add({ ...spent, caller: String(reservation.caller), day: String(reservation.day) })
      return true
    })
  }

  add(entries: readonly Spent[]): Promise<void> {
    return this.#commits.write(() => {
      for (const entry of entries) this.#add(entry)
    })
  }

  reconcile(run: string): Promise<readonly { readonly caller: string; readonly micros: number }[]> {
    return this.#commits.write(() => {
      const left = this.#sql('takeLeft').all({ run }) as unknown as readonly Pick<Spent, 'caller' | 'day' | 'micros'>[]
      for (const row of left) this.#add({ ...row, requests: 1, promptTokens: 0, completionTokens: 0 })
      return left.map(({ caller, micros }) => ({ caller, micros }))
    })
  }

  since(day: string): Promise<readonly Spent[]> {
    return this.#commits.write(() => {
      const rows = this.#sql('since').all({ day }) as unknown as readonly Spent[]
      return rows.map((row) => ({ ...row }))
    })
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
}
