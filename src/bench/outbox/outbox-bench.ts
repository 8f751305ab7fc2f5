import type { Bench } from '../bench.ts'
import { measureDrain } from './drain.ts'
import { measureEnqueues } from './durable-enqueues.ts'

/** What a promise costs: work that is on disk before anybody is told so, and its way to the hub. */
export const outboxBench: Bench = {
  name: 'outbox',
  summary: 'durable enqueues a second beside bare SQLite commits, and entries drained to a hub a second',
  run: async ({ say }) => [...(await measureEnqueues(say)), ...(await measureDrain(say))],
}
