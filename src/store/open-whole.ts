import type { DatabaseSync } from 'node:sqlite'
import { openDatabase } from './open-database.ts'
import { isDamage, type QuarantineReport } from './quarantine.ts'
import { clearRescue, finishRescue, rescueStore } from './rescue-store.ts'

export interface OpenWholeOptions {
  readonly path: string
  readonly now: number
  /** Whether a damaged file may be moved aside. */
  readonly mayMove: boolean
}

export interface OpenedWhole {
  readonly database: DatabaseSync
  /** The damaged file that this one has taken the place of just now, or when a start was cut short. */
  readonly quarantined?: QuarantineReport
}

/** The database; in place of a damaged one, where that may be, a fresh one with what could be rescued. Throws `store-failed`. */
export async function openWhole({ path, now, mayMove }: OpenWholeOptions): Promise<OpenedWhole> {
  if (path === ':memory:') return { database: openDatabase(path) }
  const finished = finishRescue(path)
  try {
    const database = openDatabase(path)
    if (mayMove) clearRescue(path)
    return { database, ...(finished === undefined ? {} : { quarantined: finished }) }
  } catch (thrown) {
    if (!mayMove || !isDamage(thrown)) throw thrown
    const because = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown)
    const quarantined = await rescueStore({ path, now, because })
    return { database: openDatabase(path), quarantined }
  }
}
