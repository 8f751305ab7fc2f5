import type { DatabaseSync } from 'node:sqlite'
import { type Chore, doChores, othersFirst } from './do-chores.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Housekeeping } from './store.ts'

export interface SqliteHousekeepingOptions {
  readonly database: DatabaseSync
  readonly commits: GroupCommit
  readonly time: { now(): number }
  readonly chores: readonly Chore[]
}

/** Pages that are dealt with at a time: some milliseconds of work. */
const pagesAtATime = 256

/** Gives back what a SQLite store no longer needs: rows whose time is over, free pages, the log. */
export function createHousekeeping({ database, commits, time, chores }: SqliteHousekeepingOptions): Housekeeping {
  const pragma = (name: string) => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  const freePages = () => pragma('freelist_count')

  async function shrink(signal: AbortSignal): Promise<number> {
    const before = freePages()
    if (pragma('auto_vacuum') !== 2) return 0
    for (let left = before; left > 0 && !signal.aborted; left = freePages()) {
      await commits.outside(() => database.prepare(`PRAGMA incremental_vacuum(${pagesAtATime})`).all())
      await othersFirst()
    }
    return (before - freePages()) * pragma('page_size')
  }

  return {
    async run(signal) {
      const rows = await doChores({ chores, time, signal })
      const bytes = await shrink(signal)
      if (!signal.aborted) await commits.outside(() => truncateLog(database))
      return { rows, bytes }
    },
  }
}

/** Does not wait for readers: the next run comes. */
function truncateLog(database: DatabaseSync): void {
  const usual = Object.values(database.prepare('PRAGMA busy_timeout').get() ?? {})[0]
  database.exec('PRAGMA busy_timeout = 0')
  try {
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
  } finally {
    database.exec(`PRAGMA busy_timeout = ${Number(usual)}`)
  }
}
