import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Generator } from '../engines/engine.ts'
import { createEgress } from '../privacy/egress/egress.ts'
import type { Ledger } from '../privacy/ledger/ledger.ts'
import { hubLedgerName, ledgerPlace } from '../privacy/ledger/ledger-settings.ts'
import { openLedger } from '../privacy/ledger/open-ledger.ts'
import { framesOf } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import { openApiKey } from '../store/api-key.ts'
import { keepHouse } from '../store/keep-house.ts'
import type { JoinedEdge } from '../store/store.ts'
import type { HubConfig } from './config.ts'
import { type HubAdmin, openHubAdmin, publicUrl } from './control-plane/hub-admin.ts'
import { KnownEdges } from './control-plane/known-edges.ts'
import { KeptAnswers } from './data-plane/kept-answers.ts'
import { RunningRequests } from './data-plane/running-requests.ts'
import { Admission } from './deliveries/admission.ts'
import { engineMembers } from './engine-members.ts'
import { CallerGate } from './limits/caller-gate.ts'
import { limitsOf } from './limits/caller-limits.ts'
import { createHubMetrics, type HubMetrics } from './metrics.ts'
import { Spending } from './money/spending.ts'
import { createPool, type Pool } from './pool.ts'
import { createHubApp, type HubAppOptions } from './server/app.ts'
import { EdgeSockets } from './server/edge-sockets.ts'
import { listenTls } from './server/tls-listener.ts'
import { upstreamMembers } from './upstream-members.ts'
import { within } from './within.ts'

export interface StartHubOptions {
  readonly config: HubConfig
  /** Certificate, keys and joined edges live here; made when absent. */
  readonly stateFolder: string
  /** A PostgreSQL database for what the hub remembers, for several hubs to share; absent: a file in the state folder. */
  readonly databaseUrl?: string
  /** Further members of the pool, beside those of the settings; the hub disposes of them. */
  readonly engines?: readonly Generator[]
  readonly clock: Clock
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
}

export interface RunningHub {
  readonly port: number
  /** The address that edges dial. */
  readonly url: string
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  readonly fingerprint: string
  readonly apiKey: string
  /** Ids of the models on offer. */
  readonly models: readonly string[]
  mintJoinToken(): Promise<string>
  listEdges(): Promise<readonly JoinedEdge[]>
  /** Cuts an edge off at once; takes the first digits of its id. Throws `not-found`. */
  revokeEdge(id: string): Promise<JoinedEdge>
  /** Takes no more requests, lets running answers finish for up to `graceMs` (default 10 s), then ends them with an explicit error. */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/** The model that comes with the package. */
export const bundledCloudModel = join(import.meta.dirname, '..', '..', 'models', 'edgewise-cloud')

/** A whole hub on this machine. Throws a typed error, with nothing left open, when any part of it cannot start. */
export async function startHub(options: StartHubOptions): Promise<RunningHub> {
  const { config, stateFolder, databaseUrl, clock, log } = options
  await using opened = new AsyncDisposableStack()
  const onError = (error: Error) => log.error({ err: error }, 'the store failed')
  const admin = opened.use(
    await openHubAdmin({
      config,
      stateFolder,
      clock,
      onError,
      keepDeliveriesDays: config.deliveries.keepDays,
      onDamage: (report) =>
        log.error(
          report,
          'the store was damaged: it was moved aside, and a fresh one has taken its place with what could be read of it',
        ),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    }),
  )
  const { housekeeping } = admin.store
  opened.use(keepHouse({ housekeeping, clock, onError }))
  const apiKey = await openApiKey({ path: join(stateFolder, 'hub-api-key') })
  const spending = opened.use(await openSpending(options, admin, onError))
  const ledger = await openUpstreamLedger(options)
  if (ledger !== undefined) opened.use(ledger)
  const pool = await openPool({ ...options, ledger }, opened)
  const served = await serve({ ...options, admin, pool, ledger, spending, apiKey, onError })
  const { port } = served
  const rest = opened.move()
  log.info({ port, models: pool.models.map(({ id }) => id) }, 'the hub listens')
  return {
    port,
    url: publicUrl(config, port),
    fingerprint: admin.identity.fingerprint,
    apiKey,
    models: pool.models.map(({ id }) => id),
    mintJoinToken: () => admin.mintJoinToken({ port }),
    listEdges: () => admin.listEdges(),
    async revokeEdge(id) {
      const edge = await admin.revokeEdge(id)
      await served.cutOff(edge.id)
      return edge
    },
    async close({ graceMs = 10_000 } = {}) {
      await served.close(graceMs)
      await rest.disposeAsync()
    },
  }
}

async function openSpending(
  { config, clock, log }: StartHubOptions,
  { store }: HubAdmin,
  onError: (error: Error) => void,
) {
  const { currency } = config
  const spending = await Spending.open({ book: store.spending, clock, run: randomUUID(), currency, onError })
  for (const left of spending.reconciled)
    log.warn(left, 'booked in full what the last run set aside and did not settle')
  return spending
}

/** The record of what goes to upstreams; undefined where nothing does, or the settings turn it off. */
async function openUpstreamLedger({ config, stateFolder, clock, log }: StartHubOptions): Promise<Ledger | undefined> {
  const { ledger: settings, upstreams } = config
  if (!settings.enabled || upstreams.length === 0) return undefined
  return openLedger({
    ...ledgerPlace({ settings, stateFolder, name: hubLedgerName }),
    clock,
    mostBytes: settings.maxMiB * 2 ** 20,
    onTrouble: (message) => log.error(message),
  })
}

interface OpenPoolOptions extends StartHubOptions {
  readonly ledger: Ledger | undefined
}

/** The members of the pool: models of this machine, upstreams, and what was handed in. */
async function openPool(
  { config, stateFolder, engines = [], clock, log, ledger }: OpenPoolOptions,
  opened: AsyncDisposableStack,
): Promise<Pool> {
  const { models, upstreams } = config
  const isEmpty = models.length === 0 && upstreams.length === 0 && engines.length === 0
  const egress = opened.use(
    createEgress({
      destinations: [...new Set(upstreams.map(({ url }) => new URL(url).origin))].map((origin) => ({ origin })),
      record: (entry) => log.debug({ send: entry }, 'sent to an upstream'),
      clock,
      ...(ledger === undefined ? {} : { ledger }),
    }),
  )
  const ofUpstreams = upstreamMembers({ upstreams, environment: process.env, open: egress.open, clock })
  const ofFolders = await engineMembers({ folders: isEmpty ? [bundledCloudModel] : models, stateFolder, config, clock })
  const given = engines.map((generator, index) => ({ name: `engine-${index}/${generator.model}`, generator }))
  return opened.use(createPool({ members: [...given, ...ofFolders, ...ofUpstreams], clock, ...config.pool }))
}

interface ServeOptions extends OpenPoolOptions {
  readonly admin: HubAdmin
  readonly pool: Pool
  readonly spending: Spending
  readonly apiKey: string
  readonly onError: (error: Error) => void
}

async function serve(options: ServeOptions) {
  const { config, clock, admin, onError } = options
  const sockets = new EdgeSockets()
  const known = new KnownEdges({ edges: admin.store.edges, clock, onError })
  const running = new RunningRequests({ limit: config.limits.concurrency })
  const shutdown = new AbortController()
  const metrics = metricsFor(options, sockets)
  const kept = keptAnswersFor(options, metrics)
  const app = appFor(options, { sockets, known, running, metrics, kept, shutdown: shutdown.signal })
  const listener = await listenTls({
    host: config.host,
    port: config.port,
    identity: admin.identity,
    onRequest: getRequestListener(app.fetch),
    onConnection: (socket) => sockets.add(socket),
  })
  const watching = new AbortController()
  const cutOff = async (id: string) => {
    sockets.cutOff(id)
    await kept.endAllOf(id).catch(onError)
  }
  const watched = known.watch({
    present: () => new Set([...sockets.ids(), ...kept.callers()]),
    cutOff,
    signal: watching.signal,
  })
  return {
    port: listener.port,
    cutOff(id: string) {
      known.refresh()
      return cutOff(id)
    },
    async close(graceMs: number) {
      watching.abort()
      const stopped = listener.stop()
      await within(graceMs, running.idle(), clock)
      shutdown.abort()
      // Time for the error events of what had to be ended.
      await within(500, running.idle(), clock)
      listener.cutOff()
      await Promise.all([stopped, watched])
    },
  }
}

type ServeParts = Pick<HubAppOptions, 'sockets' | 'known' | 'running' | 'metrics' | 'kept' | 'shutdown'>

function metricsFor({ pool, ledger }: ServeOptions, sockets: EdgeSockets): HubMetrics {
  return createHubMetrics({ pool, connectedEdges: () => sockets.ids().length, ledger: () => ledger?.stats() })
}

function keptAnswersFor({ config, clock, admin, onError }: ServeOptions, metrics: HubMetrics): KeptAnswers {
  return new KeptAnswers({
    book: admin.store.keptAnswers,
    clock,
    keepMs: config.keptAnswers.hours * 3_600_000,
    keepBytes: config.keptAnswers.mebibytes * 2 ** 20,
    onError,
    onEvent: metrics.detached,
  })
}

function appFor({ config, clock, log, admin, pool, spending, apiKey }: ServeOptions, parts: ServeParts) {
  const { limits, name: hubName } = config
  return createHubApp({
    ...parts,
    pool,
    spending,
    gate: new CallerGate({ clock, limitsOf: (caller) => limitsOf(limits, caller), onReject: parts.metrics.rejected }),
    clock,
    limits,
    hubName,
    apiKey,
    store: admin.store,
    newId: (prefix) => `${prefix}${randomUUID().replaceAll('-', '')}`,
    delivering: {
      admission: new Admission({ clock, ...config.deliveries }),
      onNotice: (notice) => log.warn(notice),
    },
    onJoin: (edgeId) => log.info({ edgeId }, 'an edge joined'),
    onBug: (error) => log.error({ code: error.code, frames: framesOf(error) }, 'a request failed inside the hub'),
  })
}
