import { Counter, Gauge, type Registry } from 'prom-client'
import type { OutboxStatus } from '../store/outbox/outbox.ts'

/** What operators should know of a store. */
export interface StoreStats {
  readonly outbox: OutboxStatus
  /** Damaged files that were moved aside and that nobody has removed since. */
  readonly quarantined: number
}

/** Registers the numbers of a store; they are asked for at every scrape. */
export function countStore(stats: () => StoreStats, registers: Registry[]): void {
  const byKind = (name: string, help: string, value: (of: { rows: number; bytes: number }) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers,
      collect() {
        for (const [kind, held] of Object.entries(stats().outbox.waiting)) this.set({ kind }, value(held))
      },
    })
  byKind('edgewise_outbox_entries', 'Entries that wait to be done or handed over, by kind', ({ rows }) => rows)
  byKind('edgewise_outbox_bytes', 'Bytes of those entries, by kind', ({ bytes }) => bytes)
  new Counter({
    name: 'edgewise_outbox_finished_total',
    help: 'Entries since the start, by what became of them; refused ones were never taken in, because it was full',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { delivered, failed, refused } = stats().outbox
      this.reset()
      for (const [outcome, count] of Object.entries({ delivered, failed, refused })) this.inc({ outcome }, count)
    },
  })
  const gauge = (name: string, help: string, value: (of: StoreStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(stats()))
      },
    })
  gauge('edgewise_outbox_halted', '1 when nothing is handed over until somebody begins a new epoch', ({ outbox }) =>
    outbox.halted === undefined ? 0 : 1,
  )
  gauge(
    'edgewise_store_quarantined',
    'Damaged stores that were moved aside and not removed since',
    ({ quarantined }) => quarantined,
  )
}
