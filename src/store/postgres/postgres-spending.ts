import type pg from 'pg'
import type { RefusedReservation, SpendingBook, Spent, WantedReservation } from '../store.ts'
import { postgresTransactions } from './postgres-transaction.ts'
import type { RunLocks } from './run-locks.ts'

export interface PostgresSpendingOptions {
  readonly pool: pg.Pool
  readonly place: string
  readonly runs: RunLocks
}

/** `committed` is what was spent and what is set aside, by the days that a pattern names. */
const committed = `
  SELECT coalesce(sum(micros), 0)::bigint AS committed FROM (
    SELECT micros FROM spending WHERE caller = $1 AND day LIKE $2
    UNION ALL SELECT micros FROM reservations WHERE caller = $1 AND day LIKE $2) AS entries`

const add = `
  INSERT INTO spending (caller, day, micros, requests, prompt_tokens, completion_tokens)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (caller, day) DO UPDATE SET
    micros = spending.micros + excluded.micros,
    requests = spending.requests + excluded.requests,
    prompt_tokens = spending.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = spending.completion_tokens + excluded.completion_tokens`

const reserve = 'INSERT INTO reservations (run, caller, day, micros) VALUES ($1, $2, $3, $4) RETURNING id'
const since = `
  SELECT caller, day, micros, requests, prompt_tokens AS "promptTokens", completion_tokens AS "completionTokens"
  FROM spending WHERE day >= $1 ORDER BY day, caller`

/** One caller's reservations come one after the other, of however many replicas; the lock goes with the transaction. */
const lockCaller = "SELECT pg_advisory_xact_lock(hashtextextended('edgewise spending ' || $1, 0))"

/** Spending in PostgreSQL, committed when a call resolves. Several hubs may write to it at the same time. */
export function createPostgresSpending({ pool, place, runs }: PostgresSpendingOptions): SpendingBook {
  const inTransaction = postgresTransactions({ pool, place })
  return {
    async reserve(wanted) {
      const { run, caller, day, micros } = wanted
      await runs.hold(run)
      return inTransaction(async (client) => {
        await client.query(lockCaller, [caller])
        const refusal = await refusalOf(client, wanted)
        if (refusal !== undefined) return refusal
        const { rows } = await client.query<{ id: number }>(reserve, [run, caller, day, micros])
        return { id: Number(rows[0]?.id) }
      })
    },
    settle: (id, spent) =>
      inTransaction(async (client) => {
        const taken = await client.query<{ caller: string; day: string }>(
          'DELETE FROM reservations WHERE id = $1 RETURNING caller, day',
          [id],
        )
        const [reservation] = taken.rows
        if (reservation === undefined) return false
        await client.query(add, valuesOf({ ...spent, ...reservation }))
        return true
      }),
    add: (entries) =>
      inTransaction(async (client) => {
        for (const entry of inOneOrder(entries)) await client.query(add, valuesOf(entry))
      }),
    async reconcile(run) {
      const left = await runs.takeOverFrom(run)
      if (left.length === 0) return []
      return inTransaction(async (client) => {
        const { rows } = await client.query<{ id: number; caller: string; day: string; micros: number }>(
          'DELETE FROM reservations WHERE run = ANY($1) RETURNING id, caller, day, micros',
          [left],
        )
        for (const row of inOneOrder(rows)) {
          await client.query(add, valuesOf({ ...row, requests: 1, promptTokens: 0, completionTokens: 0 }))
        }
        return rows.toSorted((a, b) => a.id - b.id).map(({ caller, micros }) => ({ caller, micros }))
      })
    },
    since: (day) => inTransaction(async (client) => (await client.query<Spent>(since, [day])).rows),
  }
}

async function refusalOf(client: pg.PoolClient, wanted: WantedReservation): Promise<RefusedReservation | undefined> {
  const { caller, day, micros, mostPerDay, mostPerMonth } = wanted
  const committedBy = async (days: string) => {
    const { rows } = await client.query<{ committed: number }>(committed, [caller, days])
    return Number(rows[0]?.committed)
  }
  if (mostPerMonth !== undefined) {
    const month = await committedBy(`${day.slice(0, 7)}-%`)
    if (month + micros > mostPerMonth) return { exceeded: 'month', committed: month }
  }
  if (mostPerDay !== undefined) {
    const today = await committedBy(day)
    if (today + micros > mostPerDay) return { exceeded: 'day', committed: today }
  }
  return undefined
}

/** Two transactions that lock the same rows in different orders would wait for each other. */
function inOneOrder<T extends { readonly caller: string; readonly day: string }>(entries: readonly T[]): readonly T[] {
  const keyOf = ({ caller, day }: T) => `${caller} ${day}`
  return entries.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

function valuesOf({ caller, day, micros, requests, promptTokens, completionTokens }: Spent): unknown[] {
  return [caller, day, micros, requests, promptTokens, completionTokens]
}
