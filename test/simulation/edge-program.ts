import { createLinkMonitor } from '../../src/link/link-monitor.ts'
import type { EdgewiseError } from '../../src/spec/errors.ts'
import type { Clock, OpenConnection, Random } from '../../src/spec/ports.ts'
import type { Outbox } from '../../src/store/outbox/outbox.ts'
import { deliverOutbox } from '../../src/sync/delivery/edge.ts'

export interface EdgeProgramOptions {
  readonly outbox: Outbox
  readonly clock: Clock
  readonly random: Random
  readonly open: OpenConnection
  /** One empty round trip to the hub; rejects when it fails. */
  readonly probe: () => Promise<void>
  readonly onTrouble: (error: EdgewiseError) => void
}

const probeEveryMs = 10_000

/** Starts what runs on an edge beside its outbox: the watch over its link, and the delivery to its hub. It ends with the clock that wakes it. */
export async function startEdgeProgram(options: EdgeProgramOptions): Promise<void> {
  const { outbox, clock, random, open, probe, onTrouble } = options
  await outbox.recover()
  const link = createLinkMonitor({ clock, random, probe, intervalMs: probeEveryMs })
  link.start()
  const { signal } = new AbortController()
  void deliverOutbox({ outbox, url: new URL('https://hub.example'), open, link, clock, random, onTrouble, signal })
}
