import { edgeConfigSchema } from '../../../src/edge/config.ts'
import { conversationNames } from '../../../src/edge/conversation.ts'
import { createEdge } from '../../../src/edge/edge.ts'
import { createEmbeddingEdge } from '../../../src/edge/embeddings.ts'
import { createEdgeMetrics } from '../../../src/edge/metrics.ts'
import { loadPage } from '../../../src/edge/page/assets.ts'
import { assemblePlacements } from '../../../src/edge/placements.ts'
import { createPlaces } from '../../../src/edge/places.ts'
import { requestSignals } from '../../../src/edge/request-signal.ts'
import { keyDigest } from '../../../src/edge/server/access.ts'
import { createEdgeApp } from '../../../src/edge/server/app.ts'
import { listen } from '../../../src/edge/server/listen.ts'
import type { Generator } from '../../../src/engines/engine.ts'
import { createGuard } from '../../../src/privacy/guard.ts'
import type { Decision } from '../../../src/spec/decision.ts'
import type { LinkProfile } from '../../../src/spec/link-profile.ts'
import type { SanitisedRequest } from '../../../src/spec/outbound.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { createScriptedGenerator, type ScriptStep } from '../../../src/testing/scripted-generator.ts'

export const key = 'ew-page-key-0123456789'

export interface PageEdgeOptions {
  readonly local: readonly (readonly ScriptStep[])[]
  readonly cloud: readonly (readonly ScriptStep[])[]
  readonly link?: LinkProfile
  /** The bytes that left for every request. */
  readonly sent?: string
}

/** A real edge server that serves the real page, over two models that follow a script; a cascade asks for 0.8. */
export async function startPageEdge({ local, cloud, link = { state: 'up', roundTripMs: 1.4 }, sent }: PageEdgeOptions) {
  const { policy, aliases } = edgeConfigSchema.parse({
    policy: { privacy: { personalData: 'allow' }, cascade: { threshold: 0.8, decideAfterTokens: 4 } },
  })
  const small = Object.assign(createScriptedGenerator({ model: 'edge-model', script: local }), {
    stats: () => ({ prefillTokensPerSecond: 1000, decodeTokensPerSecond: 100 }),
  })
  const large = createScriptedGenerator({ model: 'cloud-model', script: cloud })
  const decisions: Decision[] = []
  let count = 0
  const shared = {
    policy,
    guard: createGuard({ policy }),
    link: () => link,
    places: createPlaces(8),
    takeSent: () => ({ bytes: sent?.length ?? 0, destinations: [] }),
    onDecision: (decision: Decision) => decisions.push(decision),
    onLoss: () => undefined,
  }
  const edge = createEdge({
    ...shared,
    placements: assemblePlacements({ local: small, cloud: large as Generator<SanitisedRequest>, policy }),
    names: () => ({ known: ['edge-model', 'cloud-model'], aliases }),
  })
  const embeddings = createEmbeddingEdge({
    ...shared,
    local: undefined,
    cloud: undefined,
    hubOffers: () => false,
    aliases,
  })
  const store = await openStore({ path: ':memory:' })
  const app = createEdgeApp({
    edge,
    embeddings,
    clock: systemClock,
    newId: () => `chatcmpl-${++count}`,
    mode: 'prefer-edge',
    responses: store.responses,
    keepsResponses: true,
    mostResponseBytes: 1_000_000,
    nameConversation: conversationNames(new Uint8Array(32)),
    bodyBytes: 65_536,
    requestMs: 60_000,
    openSignal: requestSignals({ shutdown: new AbortController().signal, clock: systemClock }),
    access: {
      keys: new Map([['key-1', keyDigest(key)]]),
      hosts: new Set(['localhost', '127.0.0.1']),
      origins: new Set(),
    },
    metrics: createEdgeMetrics({ link: () => link }),
    models: () => [],
    status: () => ({ mode: policy.mode, link, local: { model: 'edge-model' }, cloud: 'cloud-model' }),
    ...(sent === undefined ? {} : { findSent: () => sent }),
    findDecision: async (id) => decisions.find(({ requestId }) => requestId === id),
    page: await loadPage(),
    onBug: (error) => {
      throw error
    },
  })
  const server = await listen({ fetch: app.fetch, host: '127.0.0.1', port: 0 })
  return {
    url: `http://127.0.0.1:${server.port}`,
    small,
    large,
    decisions,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
