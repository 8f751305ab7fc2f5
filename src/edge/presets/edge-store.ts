import { join } from 'node:path'
import { keepHouse } from '../../store/keep-house.ts'
import { openStore } from '../../store/open-store.ts'
import type { OutboxLimits } from '../../store/outbox/outbox.ts'
import { quarantinedFiles } from '../../store/quarantine.ts'
import type { EdgeStore } from '../../store/store.ts'
import type { EdgeConfig } from '../config.ts'
import type { StoreStats } from '../store-metrics.ts'
import type { StartEdgeOptions } from './node.ts'

/** What operators should know of it. */
export function storeStats({
  store,
  stateFolder,
}: {
  readonly store: EdgeStore
  readonly stateFolder: string
}): StoreStats {
  return { outbox: store.outbox.status(), quarantined: quarantinedFiles(join(stateFolder, 'edge.db')).length }
}

/** What the settings let the outbox of an edge take in. A body of many escapes is longer as JSON than it came. */
export function outboxLimits({ outbox, limits }: Pick<EdgeConfig, 'outbox' | 'limits'>): OutboxLimits {
  return { rows: outbox.rows, bytes: outbox.mib * 2 ** 20, entryBytes: 2 * limits.bodyBytes }
}

const leastFinishedDays = 30

/**
 * The store of an edge, which is tidied until it is disposed of. A damaged one is moved aside, loudly, and a fresh one takes its place. What workers of an
 * earlier run held is free again.
 */
export async function openEdgeStore({ config, stateFolder, clock, log }: StartEdgeOptions): Promise<EdgeStore> {
  await using opened = new AsyncDisposableStack()
  const onError = (error: Error) => log.error({ err: error }, 'the store failed')
  const { responses } = config
  const store = opened.use(
    await openStore({
      path: join(stateFolder, 'edge.db'),
      clock,
      responses: { keepDays: responses.keepDays, keepBytes: responses.keepMiB * 2 ** 20 },
      outbox: outboxLimits(config),
      // A response that is kept must find its job, and nobody's retry may start it again.
      keepFinishedDays: Math.max(leastFinishedDays, responses.keepDays),
      onDamage: (report) =>
        log.error(
          report,
          'the store was damaged: it was moved aside, and a fresh one has taken its place with what could be read of it',
        ),
      onError,
    }),
  )
  opened.use(keepHouse({ housekeeping: store.housekeeping, clock, onError }))
  await store.outbox.recover()
  const everything = opened.move()
  return { ...store, [Symbol.asyncDispose]: () => everything.disposeAsync() }
}
