import type { Guard } from '../../privacy/guard.ts'
import type { Decision } from '../../spec/decision.ts'
import { framesOf } from '../../spec/errors.ts'
import type { Join } from '../coalescing/coalescer.ts'
import type { EdgeConfig } from '../config.ts'
import { createEdge, type Edge, type EdgeParts } from '../edge.ts'
import { createEmbeddingEdge, type EmbeddingEdge } from '../embeddings.ts'
import type { EdgeMetrics } from '../metrics.ts'
import { autoModel } from '../model-names.ts'
import { assemblePlacements } from '../placements.ts'
import { type OpenRequestSignal, requestSignals } from '../request-signal.ts'
import { createEdgeApp } from '../server/app.ts'
import { feedbackTaker } from '../telemetry/feedback.ts'
import { loadDraftJudge } from './draft-judge.ts'
import { policyFacts } from './edge-ledger.ts'
import type { Foundation } from './foundation.ts'
import type { HubLink } from './hub-link.ts'
import type { StartEdgeOptions } from './node.ts'
import { openGuard } from './open-guard.ts'
import type { ReloadReport } from './reload.ts'

export interface OpenServingOptions
  extends Pick<StartEdgeOptions, 'config' | 'stateFolder' | 'clock' | 'log' | 'sentBodies'> {
  readonly foundation: Foundation
  /** Its share of the link; given back when the last request is over. */
  readonly hub: HubLink
  readonly metrics: EdgeMetrics
  readonly onDecision: (decision: Decision) => void
  /** Absent where nothing can be read anew. */
  readonly reload?: () => Promise<ReloadReport>
}

/** An edge under one state of its settings. Requests stay with the one that took them in. */
export interface Serving {
  readonly config: EdgeConfig
  readonly hub: HubLink
  readonly edge: Edge
  readonly openSignal: OpenRequestSignal
  readonly handle: ReturnType<typeof createEdgeApp>['fetch']
  /** Takes no more requests; lets go of the link when the last one is over. */
  retire(): void
}

/** Throws `config-invalid` when the settings name what is not there. Holds `hub` from then on. */
export async function openServing(options: OpenServingOptions): Promise<Serving> {
  const { config, foundation, hub, log } = options
  const judge = await loadDraftJudge(options)
  let running = 0
  let isRetired = false
  const letGo = () => {
    if (!isRetired || running > 0) return
    void hub.release().catch((error) => log.warn({ err: error }, 'the link failed to close'))
    void guard[Symbol.asyncDispose]().catch((error) => log.warn({ err: error }, 'the name model failed to close'))
  }
  const guard = await openGuard({
    policy: config.policy,
    memory: foundation.memory,
    names: foundation.names,
    clock: options.clock,
    onFault: ({ message }) => log.error(`Nothing leaves, for the name model cannot be used: ${message}`),
  })
  const { shared, known } = sharedParts(options, guard)
  const edge = createEdge({
    ...shared,
    localWork: foundation.localWork,
    placements: assemblePlacements({
      local: foundation.local,
      cloud: hub.connection?.generator,
      policy: config.policy,
      judge,
    }),
    names: () => ({ known: known(), aliases: config.aliases }),
  })
  const embeddings = createEmbeddingEdge({
    ...shared,
    local: foundation.embedder,
    cloud: hub.connection?.vectors,
    hubOffers: () => hub.connection?.offersVectors() ?? false,
    aliases: config.aliases,
  })
  const openSignal = requestSignals({
    shutdown: foundation.shutdown.signal,
    draining: foundation.draining.signal,
    clock: options.clock,
    onCount(count) {
      running = count
      if (isRetired) letGo()
    },
  })
  const { fetch: handle } = createEdgeApp({
    ...appParts(options, { known, embeddings }),
    edge,
    embeddings,
    openSignal,
  })
  return {
    config,
    hub,
    edge,
    openSignal,
    handle,
    retire() {
      isRetired = true
      letGo()
    },
  }
}

function sharedParts({ config, foundation, hub, metrics, onDecision, log }: OpenServingOptions, guard: Guard) {
  const { engine, store, places, facts, telemetry } = foundation
  const { policy } = config
  // Without a hub nobody would ever take it.
  const isTold = config.telemetry.enabled && hub.deliver !== undefined
  const ofPolicy = policyFacts(policy)
  const known = () => {
    const { generator } = hub.connection ?? {}
    return [
      engine.model,
      ...(generator === undefined || generator.unavailable() !== undefined ? [] : [generator.model]),
    ]
  }
  const shared: Omit<EdgeParts, 'placements' | 'names'> = {
    policy,
    guard,
    link: hub.profile,
    places,
    takeSent(requestId) {
      facts.delete(requestId)
      return hub.takeSent(requestId)
    },
    noteSend: (requestId, noted) => facts.set(requestId, { ...ofPolicy, ...noted }),
    onDecision(decision) {
      store.decisions.save(decision)
      metrics.observe(decision)
      if (isTold) telemetry.observe(decision)
      onDecision(decision)
    },
    onLoss: (error) => log.warn({ code: error.code }, 'the cloud was lost; the local model took over'),
  }
  return { shared, known }
}

interface Offered {
  readonly known: () => readonly string[]
  readonly embeddings: EmbeddingEdge
}

function appParts(
  { config, foundation, hub, metrics, clock, log, reload, sentBodies }: OpenServingOptions,
  { known, embeddings }: Offered,
) {
  const { keys, store, engine, page, bodies, coalescing, newId, nameConversation, createdAt: created } = foundation
  const { limits, responses, policy } = config
  const findDecision = (requestId: string) => store.decisions.find(requestId)
  return {
    clock,
    newId,
    nameConversation,
    page,
    bodies,
    coalescing: {
      ...coalescing,
      onJoin(join: Join) {
        metrics.joined()
        coalescing.onJoin(join)
      },
    },
    metrics,
    responses: store.responses,
    ...(responses.keepDays === 0 ? {} : { background: foundation.background }),
    mode: policy.mode,
    keepsResponses: responses.keepDays > 0,
    // As the store has it: one alone may take an eighth.
    mostResponseBytes: Math.floor((responses.keepMiB * 2 ** 20) / 8),
    bodyBytes: limits.bodyBytes,
    requestMs: limits.requestMs,
    access: {
      keys,
      hosts: new Set(['localhost', '127.0.0.1', '[::1]', config.host, ...config.allowedHosts]),
      origins: new Set(config.allowedOrigins),
    },
    models: () => [autoModel, ...known(), ...embeddings.models()].map((id) => ({ id, ownedBy: 'edgewise', created })),
    status: () => ({
      mode: policy.mode,
      link: hub.profile(),
      local: { model: engine.model, ...engine.stats() },
      cloud: known()[1] ?? null,
    }),
    isDraining: () => foundation.draining.signal.aborted,
    draining: foundation.draining.signal,
    ...(reload === undefined ? {} : { reload }),
    ...(sentBodies === undefined ? {} : { findSent: sentBodies.find }),
    findDecision,
    takeFeedback: feedbackTaker({ outbox: store.outbox, findDecision }),
    onBug: (error: Error & { readonly code: string }) =>
      log.error({ code: error.code, frames: framesOf(error) }, 'a request failed for a reason of our own'),
  }
}
