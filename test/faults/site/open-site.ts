import { DatabaseSync } from 'node:sqlite'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { EdgeStore } from '../../../src/store/store.ts'
import { deliverOutbox } from '../../../src/sync/delivery/edge.ts'
import { answerDelivery } from '../../simulation/hub-program.ts'
import { openTo } from '../../simulation/open-to.ts'
import { hastyClock } from './hasty-clock.ts'
import { edgeFile, hubFile } from './site-files.ts'

export interface SiteOptions {
  readonly edgeFolder: string
  readonly hubFolder: string
}

/** An edge with its outbox, and the hub that it delivers to, each with its own store. */
export interface Site extends AsyncDisposable {
  /** Resolves when the entry is on disk. */
  enqueue(key: number): Promise<void>
  /** Delivers until the outbox is empty. Throws for a fork, a gap, and what a store throws. */
  drain(): Promise<void>
  /** Delivers all the while. */
  keepDelivering(): { end(): Promise<void> }
  /** Keys of what the hub has, those it has twice twice. */
  deliveredKeys(): Promise<readonly string[]>
}

/** Of several kinds, so that entries that are remembered and such that are deleted at once lie side by side. */
const kinds = ['background-request', 'telemetry', 'feedback', 'ledger-checkpoint'] as const
const lanes = 3
const readAtOnce = 10_000

/** Opens both stores, in two folders or in one. Throws `store-failed` for a damaged one. */
export async function openSite({ edgeFolder, hubFolder }: SiteOptions): Promise<Site> {
  const edge = await openStore({ path: edgeFile(edgeFolder) })
  const hub = await openStore({ path: hubFile(hubFolder) })
  await edge.outbox.recover()
  return {
    async enqueue(key) {
      await edge.outbox.enqueue({
        kind: kinds[key % kinds.length] ?? 'telemetry',
        body: { key },
        orderingKey: `lane-${key % lanes}`,
        idempotencyKey: String(key),
      })
    },
    async drain() {
      const delivering = startDelivery(edge, hub)
      while (isWaiting(edge) && !delivering.hasTrouble()) await hastyClock.delay(100)
      await delivering.end()
    },
    keepDelivering: () => startDelivery(edge, hub),
    async deliveredKeys() {
      const keys: string[] = []
      let after = 0
      for (;;) {
        const rows = await hub.deliveries.since(after, readAtOnce)
        if (rows.length === 0) return keys
        keys.push(...rows.map(({ body }) => String((JSON.parse(body) as { key: number }).key)))
        after = rows.at(-1)?.position ?? after
      }
    },
    async [Symbol.asyncDispose]() {
      await edge[Symbol.asyncDispose]()
      await hub[Symbol.asyncDispose]()
    },
  }
}

/** Throws when SQLite finds anything wrong with a file. */
export function expectWhole(file: string): void {
  using database = new DatabaseSync(file)
  const verdict = database.prepare('PRAGMA integrity_check').get()?.integrity_check
  if (verdict !== 'ok') throw new Error(`${file} is damaged: ${verdict}`)
}

function startDelivery(edge: EdgeStore, hub: EdgeStore) {
  const stopping = new AbortController()
  let trouble: EdgewiseError | undefined
  const delivering = deliverOutbox({
    outbox: edge.outbox,
    url: new URL('https://hub.example'),
    open: openTo((request) => answerDelivery({ book: hub.deliveries, clock: hastyClock }, 'edge', request)),
    link: { profile: () => ({ state: 'up' }), onChange: () => () => {} },
    clock: hastyClock,
    random: Math.random,
    kinds,
    signal: stopping.signal,
    onTrouble: (error) => {
      trouble ??= error
      stopping.abort()
    },
  })
  return {
    hasTrouble: () => trouble !== undefined,
    async end() {
      stopping.abort()
      await delivering
      if (trouble !== undefined) throw trouble
    },
  }
}

function isWaiting(edge: EdgeStore): boolean {
  return Object.values(edge.outbox.status().waiting).some(({ rows }) => rows > 0)
}
