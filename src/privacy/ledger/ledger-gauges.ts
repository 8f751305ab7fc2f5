import { Gauge, type Registry } from 'prom-client'
import type { LedgerStats } from './ledger.ts'

/** Adds what operators should see of a ledger to these registers; nothing is shown while there is none. */
export function addLedgerGauges(ledger: () => LedgerStats | undefined, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: (stats: LedgerStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const stats = ledger()
        if (stats !== undefined) this.set(value(stats))
      },
    })
  gauge('edgewise_ledger_entries', 'Entries of the record of what left this machine', ({ entries }) => entries)
  gauge('edgewise_ledger_bytes', 'Size of that record on disk', ({ bytes }) => bytes)
  gauge('edgewise_ledger_up', '1 when it can be written, else 0, and nothing leaves', ({ failure }) =>
    failure === undefined ? 1 : 0,
  )
}
