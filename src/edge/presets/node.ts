import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createEgress, type Destination, type EgressRecord } from '../../privacy/egress/egress.ts'
import { createGuard } from '../../privacy/guard.ts'
import type { Decision } from '../../spec/decision.ts'
import { framesOf } from '../../spec/errors.ts'
import { hostInUrl } from '../../spec/host-in-url.ts'
import type { LinkProfile } from '../../spec/link-profile.ts'
import type { Clock } from '../../spec/ports.ts'
import { openStore } from '../../store/open-store.ts'
import { openIdentity } from '../../sync/enrolment/identity.ts'
import type { EdgeConfig } from '../config.ts'
import { conversationNames } from '../conversation.ts'
import { createEdge, type EdgeParts } from '../edge.ts'
import { createEmbeddingEdge } from '../embeddings.ts'
import { connectHub } from '../hub-connection.ts'
import { createEdgeMetrics } from '../metrics.ts'
import { autoModel } from '../model-names.ts'
import { loadPage } from '../page/assets.ts'
import { assemblePlacements } from '../placements.ts'
import { requestSignals } from '../request-signal.ts'
import { keyDigest } from '../server/access.ts'
import { createEdgeApp } from '../server/app.ts'
import { listen } from '../server/listen.ts'
import { edgeApiKey, registerKey } from './api-key.ts'
import { loadDraftJudge } from './draft-judge.ts'
import { startLocalEmbedder } from './local-embedder.ts'
import { startLocalModel } from './local-model.ts'

export interface StartEdgeOptions {
  readonly config: EdgeConfig
  /** Keys, identity and decisions live here; made when absent. */
  readonly stateFolder: string
  readonly clock: Clock
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** Told of every concluded request. */
  readonly onDecision?: (decision: Decision) => void
}

export interface RunningEdge {
  readonly url: string
  readonly port: number
  readonly apiKey: string
  /** Where the key came from: a path, or the name of a variable. */
  readonly apiKeySource: string
  /** Ends running answers with an explicit error, then everything that was opened. */
  close(): Promise<void>
}

const alone: LinkProfile = { state: 'down', because: 'no hub is configured' }

/** A whole edge on this machine. Throws a typed error, with nothing left open, when any part of it cannot start. */
export async function startEdge({
  config,
  stateFolder,
  clock,
  log,
  onDecision,
}: StartEdgeOptions): Promise<RunningEdge> {
  await using opened = new AsyncDisposableStack()
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  const { key, source } = await edgeApiKey({ stateFolder })
  const { keepDays, keepMiB } = config.responses
  const store = opened.use(
    await openStore({
      path: join(stateFolder, 'edge.db'),
      clock,
      responses: { keepDays, keepBytes: keepMiB * 2 ** 20 },
      onError: logStore(log),
    }),
  )
  const judge = await loadDraftJudge({ config, stateFolder })
  const engine = opened.use(await startLocalModel({ config, stateFolder, clock }))
  const embedder = await startLocalEmbedder({ config, clock })
  if (embedder !== undefined) opened.use(embedder)
  const egress = opened.use(
    createEgress({ destinations: await hubDestinations(config, stateFolder), record: logSend(log), clock }),
  )
  const hub =
    config.hub === undefined
      ? undefined
      : opened.use(connectHub(hubOptions(config.hub, { config, egress, clock, log })))
  const link = () => hub?.link.profile() ?? alone
  const metrics = createEdgeMetrics({ link })
  const { policy, limits } = config
  warnOfPolicy(config, log)

  const known = () => [
    engine.model,
    ...(hub === undefined || hub.generator.unavailable() !== undefined ? [] : [hub.generator.model]),
  ]
  const shared: Omit<EdgeParts, 'placements' | 'names'> = {
    policy,
    guard: createGuard({ policy }),
    link,
    concurrency: limits.concurrency,
    takeSent(requestId) {
      const sent = egress.sentFor(requestId)
      egress.forget(requestId)
      return sent
    },
    onDecision(decision) {
      store.decisions.save(decision)
      metrics.observe(decision)
      onDecision?.(decision)
    },
    onLoss: (error) => log.warn({ code: error.code }, 'the cloud was lost; the local model took over'),
  }
  const edge = createEdge({
    ...shared,
    placements: assemblePlacements({ local: engine, cloud: hub?.generator, policy, judge }),
    names: () => ({ known: known(), aliases: config.aliases }),
  })
  const embeddings = createEmbeddingEdge({
    ...shared,
    local: embedder,
    cloud: hub?.vectors,
    hubOffers: () => hub?.offersVectors() ?? false,
    aliases: config.aliases,
  })

  const shutdown = new AbortController()
  const created = Math.floor(clock.now() / 1000)
  const app = createEdgeApp({
    edge,
    embeddings,
    clock,
    newId: (prefix) => `${prefix}${timeOrderedId(clock)}`,
    responses: store.responses,
    keepsResponses: keepDays > 0,
    nameConversation: conversationNames(randomBytes(32)),
    bodyBytes: limits.bodyBytes,
    requestMs: limits.requestMs,
    openSignal: requestSignals({ shutdown: shutdown.signal, clock }),
    access: {
      keys: new Map([[await registerKey({ key, source, store }), keyDigest(key)]]),
      hosts: new Set(['localhost', '127.0.0.1', '[::1]', config.host, ...config.allowedHosts]),
      origins: new Set(config.allowedOrigins),
    },
    metrics,
    models: () => [autoModel, ...known(), ...embeddings.models()].map((id) => ({ id, ownedBy: 'edgewise', created })),
    status: () => ({
      mode: policy.mode,
      link: link(),
      local: { model: engine.model, ...engine.stats() },
      cloud: known()[1] ?? null,
    }),
    findDecision: (requestId) => store.decisions.find(requestId),
    page: await loadPage(),
    onBug: (error) =>
      log.error({ code: error.code, frames: framesOf(error) }, 'a request failed for a reason of our own'),
  })
  const server = opened.use(await listen({ fetch: app.fetch, host: config.host, port: config.port, clock }))
  const everything = opened.move()
  return {
    url: `http://${hostInUrl(config.host)}:${server.port}`,
    port: server.port,
    apiKey: key,
    apiKeySource: source,
    async close() {
      shutdown.abort()
      await everything.disposeAsync()
    },
  }
}

/** The hub is the only place that this edge may send to. */
async function hubDestinations({ hub }: EdgeConfig, stateFolder: string): Promise<Destination[]> {
  if (hub === undefined) return []
  const { origin } = new URL(hub.url)
  if (hub.fingerprint === undefined) return [{ origin }]
  const { certificatePem, privateKeyPem } = await openIdentity({ folder: stateFolder, name: 'edge' })
  return [{ origin, tls: { pinnedFingerprint: hub.fingerprint, certificatePem, privateKeyPem } }]
}

interface HubParts extends Pick<StartEdgeOptions, 'config' | 'clock' | 'log'> {
  readonly egress: ReturnType<typeof createEgress>
}

function hubOptions({ url, model }: NonNullable<EdgeConfig['hub']>, { config, egress, clock, log }: HubParts) {
  return {
    url: new URL(url),
    open: egress.open,
    clock,
    random: Math.random,
    ...(model === undefined ? {} : { model }),
    ...(config.embeddings.hubModel === undefined ? {} : { embeddingModel: config.embeddings.hubModel }),
    firstTokenTimeoutMs: config.limits.firstTokenMs,
    interTokenTimeoutMs: config.limits.interTokenMs,
    onTrouble: (error: Error) => log.warn(error.message),
  }
}

function logStore(log: StartEdgeOptions['log']): (error: Error) => void {
  return (error) => log.error({ err: error }, 'the store failed')
}

function logSend(log: StartEdgeOptions['log']): (record: EgressRecord) => void {
  return (record) => {
    if (record.purpose === 'inference') log.debug({ send: record }, 'sent to the hub')
  }
}

/** Says aloud what the policy makes of the hub. */
function warnOfPolicy({ hub, policy }: EdgeConfig, log: StartEdgeOptions['log']): void {
  if (hub === undefined) return
  if (policy.privacy.personalData === 'keep') {
    log.warn(
      'policy.privacy.personalData is keep: nothing leaves this edge, so the hub is not used. Set it to allow to send requests as they are.',
    )
  } else
    log.warn('policy.privacy.personalData is allow: requests may go to the hub as they are, personal data included.')
}

/** 32 hexadecimal digits: 48 bits of time, the rest from a random UUID. Ids in the order of time keep the store's index small and its writes side by side. */
function timeOrderedId(clock: Clock): string {
  const time = clock.now().toString(16).padStart(12, '0')
  return time + randomUUID().replaceAll('-', '').slice(12)
}
