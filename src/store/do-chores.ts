/** Forgets up to `limit` rows whose time is over at `now`, and gives how many. */
export type Chore = (limit: number, now: number) => Promise<number>

export interface DoChoresOptions {
  readonly chores: readonly Chore[]
  /** Tells the moment, milliseconds since 1970: one that no clock far ahead can move. */
  readonly time: { now(): number }
  /** Ends it early, without an error. */
  readonly signal: AbortSignal
}

/** Rows that are dealt with at a time: some milliseconds of work. */
const rowsAtATime = 500
const dayMs = 86_400_000

/** Does each chore until nothing of it is left, a little at a time, so that nobody waits for it. Gives how many rows were forgotten. */
export async function doChores({ chores, time, signal }: DoChoresOptions): Promise<number> {
  let rows = 0
  for (const chore of chores) {
    for (let done = rowsAtATime; done >= rowsAtATime && !signal.aborted; ) {
      done = await chore(rowsAtATime, time.now())
      rows += done
      await othersFirst()
    }
  }
  return rows
}

/** What is older than so many days. */
export function forgetAfter(days: number, forget: (before: number, limit: number) => Promise<number>): Chore {
  return (limit, now) => forget(now - days * dayMs, limit)
}

/** Lets everything run that is waiting. */
export function othersFirst(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
