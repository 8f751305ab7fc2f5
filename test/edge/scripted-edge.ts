import { BackgroundAnswers } from '../../src/edge/background/background-answers.ts'
import { BackgroundWorker } from '../../src/edge/background/background-worker.ts'
import { Coalescer, type Join } from '../../src/edge/coalescing/coalescer.ts'
import { joinKeys } from '../../src/edge/coalescing/join-keys.ts'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { conversationNames } from '../../src/edge/conversation.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { createEmbeddingEdge } from '../../src/edge/embeddings.ts'
import { createLocalWork } from '../../src/edge/local-work.ts'
import { createEdgeMetrics } from '../../src/edge/metrics.ts'
import { assemblePlacements, paceOf } from '../../src/edge/placements.ts'
import { createPlaces } from '../../src/edge/places.ts'
import { requestSignals } from '../../src/edge/request-signal.ts'
import { keyDigest } from '../../src/edge/server/access.ts'
import { createEdgeApp } from '../../src/edge/server/app.ts'
import { createBodyBudget } from '../../src/edge/server/body-budget.ts'
import { listen } from '../../src/edge/server/listen.ts'
import { readResponses } from '../../src/edge/server/read-responses.ts'
import { feedbackTaker } from '../../src/edge/telemetry/feedback.ts'
import type { Generator } from '../../src/engines/engine.ts'
import type { TextDetector } from '../../src/privacy/guard/inspect.ts'
import { createGuard } from '../../src/privacy/guard.ts'
import type { Decision } from '../../src/spec/decision.ts'
import type { LinkProfile } from '../../src/spec/link-profile.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import type { Clock } from '../../src/spec/ports.ts'
import type { Capability } from '../../src/spec/request.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { createScriptedGenerator, type ScriptStep } from '../../src/testing/scripted-generator.ts'

export const key = 'ew-test-key-0123456789'

export interface ScriptedEdgeOptions {
  readonly localScript: readonly (readonly ScriptStep[])[]
  readonly cloudScript?: readonly (readonly ScriptStep[])[]
  /** In place of a script: another model as the cloud. */
  readonly cloudModel?: Generator<SanitisedRequest>
  readonly policy?: unknown
  readonly aliases?: Readonly<Record<string, string>>
  readonly limits?: unknown
  readonly localCapabilities?: readonly Capability[]
  readonly responses?: unknown
  readonly localEmbedder?: Generator
  readonly cloudEmbedder?: Generator
  readonly detector?: TextDetector
  /** For what happens between attempts at one request. */
  readonly coalescingClock?: Clock
  /** For the store, and for what is answered later. */
  readonly backgroundClock?: Clock
  /** Default: memory. */
  readonly storePath?: string
}

/** A real edge server on a free port, over models that follow a script. */
export async function startScriptedEdge(options: ScriptedEdgeOptions) {
  const { localScript, cloudScript, policy, aliases, limits, localCapabilities, responses } = options
  const config = edgeConfigSchema.parse({
    policy: policy ?? {},
    ...(aliases ? { aliases } : {}),
    ...(limits ? { limits } : {}),
    ...(responses ? { responses } : {}),
  })
  const scripted = createScriptedGenerator({
    model: 'small',
    script: localScript,
    ...(localCapabilities ? { capabilities: localCapabilities } : {}),
  })
  const local = Object.assign(scripted, { stats: () => ({ prefillTokensPerSecond: 1000, decodeTokensPerSecond: 100 }) })
  const cloud = cloudScript && createScriptedGenerator({ model: 'large', script: cloudScript })
  const decisions: Decision[] = []
  const bugs: Error[] = []
  let link: LinkProfile = { state: 'up', roundTripMs: 1, firstTokenMs: 100, tokensPerSecond: 50 }
  let count = 0
  const shutdown = new AbortController()
  const joins: Join[] = []
  const bodies = createBodyBudget(config.limits)
  const coalescer = new Coalescer({ clock: options.coalescingClock ?? systemClock })
  const clock = options.backgroundClock ?? systemClock
  const store = await openStore({
    path: options.storePath ?? ':memory:',
    clock,
    responses: { keepDays: config.responses.keepDays, keepBytes: config.responses.keepMiB * 2 ** 20 },
  })
  const shared = {
    policy: config.policy,
    guard: createGuard({
      policy: config.policy,
      ...(options.detector === undefined ? {} : { detector: options.detector }),
    }),
    link: () => link,
    places: createPlaces(config.limits.concurrency),
    takeSent: () => ({ bytes: 0, destinations: [] }),
    onDecision: (decision: Decision) => decisions.push(decision),
    onLoss: () => undefined,
  }
  const localWork = createLocalWork({ pace: () => paceOf(local), mostMs: config.limits.localWorkMs })
  const edge = createEdge({
    ...shared,
    localWork,
    placements: assemblePlacements({
      local: localWork.counted(local),
      cloud: options.cloudModel ?? (cloud as Generator<SanitisedRequest> | undefined),
      policy: config.policy,
    }),
    names: () => ({ known: ['small', ...((cloud ?? options.cloudModel) ? ['large'] : [])], aliases: config.aliases }),
  })
  const embeddings = createEmbeddingEdge({
    ...shared,
    local: options.localEmbedder,
    cloud: options.cloudEmbedder as Generator<SanitisedRequest> | undefined,
    hubOffers: () => options.cloudEmbedder !== undefined,
    aliases: config.aliases,
  })
  const newId = (prefix: string) => `${prefix}${++count}`
  const nameConversation = conversationNames(new Uint8Array(32))
  const openSignal = requestSignals({ shutdown: shutdown.signal, clock: systemClock })
  const { bodyBytes } = config.limits
  const background = new BackgroundAnswers({
    store,
    newId,
    clock,
    read: ({ keyId, body, conversation }, { id, created }) =>
      readResponses(
        { body, id, created, keyId, conversation },
        { responses: store.responses, nameConversation, bodyBytes },
      ),
  })
  const acknowledged: string[] = []
  const worker = new BackgroundWorker({
    store,
    answers: background,
    clock,
    atATime: 2,
    draining: new AbortController().signal,
    onError: (error) => bugs.push(error),
    runner: () => ({
      edge,
      openSignal,
      requestMs: config.limits.requestMs,
      mode: config.policy.mode,
      knowsModels: () => true,
      acknowledge: async (id) => void acknowledged.push(id),
    }),
  })
  const findDecision = async (id: string) => decisions.find(({ requestId }) => requestId === id)
  const app = createEdgeApp({
    edge,
    embeddings,
    clock: systemClock,
    newId,
    responses: store.responses,
    background,
    mode: config.policy.mode,
    keepsResponses: config.responses.keepDays > 0,
    mostResponseBytes: Math.floor((config.responses.keepMiB * 2 ** 20) / 8),
    nameConversation,
    bodyBytes,
    bodies,
    requestMs: config.limits.requestMs,
    coalescing: { coalescer, keysOf: joinKeys('a secret'), onJoin: (join) => joins.push(join) },
    openSignal,
    access: {
      keys: new Map([
        ['key-1', keyDigest(key)],
        ['key-2', keyDigest('ew-other-key-0123456789')],
      ]),
      hosts: new Set(['localhost', '127.0.0.1']),
      origins: new Set(['https://app.example']),
    },
    metrics: createEdgeMetrics({ link: () => link }),
    models: () => [{ id: 'auto', ownedBy: 'edgewise', created: 1 }],
    status: () => ({ link }),
    findDecision,
    takeFeedback: feedbackTaker({ outbox: store.outbox, findDecision }),
    page: new Map([['/', { body: '<!doctype html>', type: 'text/html' }]]),
    onBug: (error) => bugs.push(error),
  })
  const server = await listen({ fetch: app.fetch, host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${server.port}`
  return {
    url,
    local,
    cloud,
    decisions,
    bugs,
    joins,
    bodies,
    coalescer,
    shutdown,
    background,
    worker,
    /** Requests whose answers the hub was told to forget. */
    acknowledged,
    async setLink(profile: LinkProfile) {
      link = profile
      if (profile.state === 'down') return
      await store.outbox.hasten(['background-request'])
      worker.wake()
    },
    post: (body: unknown, headers: Record<string, string> = {}, path = '/v1/chat/completions') =>
      fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path: string, headers: Record<string, string> = {}) =>
      fetch(url + path, { headers: { authorization: `Bearer ${key}`, ...headers } }),
    delete: (path: string, headers: Record<string, string> = {}) =>
      fetch(url + path, { method: 'DELETE', headers: { authorization: `Bearer ${key}`, ...headers } }),
    store,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      coalescer[Symbol.dispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
