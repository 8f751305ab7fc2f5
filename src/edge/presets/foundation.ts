import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { SendFacts } from '../../privacy/ledger/ledger.ts'
import { createConversationMemory } from '../../privacy/pseudonyms/conversation-memory.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Store } from '../../store/store.ts'
import { Coalescer, type Join } from '../coalescing/coalescer.ts'
import { joinKeys } from '../coalescing/join-keys.ts'
import { conversationNames } from '../conversation.ts'
import { createLocalWork } from '../local-work.ts'
import { loadPage } from '../page/assets.ts'
import { paceOf } from '../placements.ts'
import { createPlaces } from '../places.ts'
import { keyDigest } from '../server/access.ts'
import { createBodyBudget } from '../server/body-budget.ts'
import { postTelemetry } from '../telemetry/telemetry-post.ts'
import { edgeApiKey, registerKey } from './api-key.ts'
import { openBackgroundAnswers } from './background.ts'
import { postCheckpoints } from './checkpoint-post.ts'
import { openEdgeLedger } from './edge-ledger.ts'
import { openEdgeStore, storeStats } from './edge-store.ts'
import { startLocalEmbedder } from './local-embedder.ts'
import { startLocalModel } from './local-model.ts'
import { createLocalNames } from './local-names.ts'
import type { StartEdgeOptions } from './node.ts'
import { openPrivacySecrets } from './privacy-key.ts'

/** What an edge keeps from its start to its end, whatever becomes of its settings. */
export type Foundation = Awaited<ReturnType<typeof openFoundation>>

/** Opens the store and the models. Throws a typed error, with nothing left open, when any part cannot start. */
export async function openFoundation(options: StartEdgeOptions) {
  const { config, stateFolder, clock, log } = options
  await using opened = new AsyncDisposableStack()
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  const { key, source } = await edgeApiKey({ stateFolder })
  const onError = (error: Error) => log.error({ err: error }, 'the store failed')
  const store = opened.use(await openEdgeStore({ config, stateFolder, clock, log }))
  const secrets = await openPrivacySecrets({ stateFolder })
  const memory = opened.use(
    createConversationMemory({ secret: secrets.sealing, clock, store: store.conversations, onError }),
  )
  const onTrouble = ({ message }: Error) => log.warn(message)
  const telemetry = opened.use(postTelemetry({ outbox: store.outbox, clock, onTrouble }))
  const checkpoints = opened.use(postCheckpoints({ outbox: store.outbox, clock, onTrouble }))
  const ledger = await openEdgeLedger({ config, stateFolder, clock, log, onCheckpoint: checkpoints.take })
  if (ledger !== undefined) opened.use(ledger)
  const engine = opened.use(await startLocalModel({ config, stateFolder, clock, log, ledger }))
  const embedder = await startLocalEmbedder({ config, clock })
  if (embedder !== undefined) opened.use(embedder)
  const names = opened.use(createLocalNames({ clock }))
  const { limits } = config
  const localWork = createLocalWork({ pace: () => paceOf(engine), mostMs: limits.localWorkMs })
  const coalescer = opened.use(new Coalescer({ clock }))
  const keys = new Map([[await registerKey({ key, source, store }), keyDigest(key)]])
  const page = await loadPage()
  const nameConversation = conversationNames(secrets.naming)
  const newId = (prefix: string) => `${prefix}${timeOrderedId(clock)}`
  const background = openBackgroundAnswers({ store, nameConversation, newId }, options)
  const everything = opened.move()
  return {
    key: { value: key, source },
    keys,
    store,
    storeStats: () => storeStats({ store, stateFolder }),
    ledger,
    checkpoints,
    telemetry,
    /** What the ledger should tell of running requests. */
    facts: new Map<string, SendFacts>(),
    embedder,
    engine,
    local: localWork.counted(engine),
    localWork,
    places: createPlaces(limits.concurrency),
    bodies: createBodyBudget(limits),
    coalescing: {
      coalescer,
      keysOf: joinKeys(randomBytes(32).toString('hex')),
      onJoin: (joined: Join) => void noteJoin(store, joined),
    },
    nameConversation,
    background,
    memory,
    names,
    newId,
    page,
    createdAt: Math.floor(clock.now() / 1000),
    /** Refuses new requests. */
    draining: new AbortController(),
    /** Ends running ones. */
    shutdown: new AbortController(),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

/** The decision of an answer that was whole is already written: it is written again. */
async function noteJoin({ decisions }: Store, { requestId, joins, wasWhole }: Join): Promise<void> {
  if (!wasWhole) return
  const decision = await decisions.find(requestId).catch(() => undefined)
  if (decision !== undefined) decisions.save({ ...decision, joins })
}

/** 32 hexadecimal digits: 48 bits of time, the rest from a random UUID. Ids in the order of time keep the store's index small and its writes side by side. */
function timeOrderedId(clock: Clock): string {
  const time = clock.now().toString(16).padStart(12, '0')
  return time + randomUUID().replaceAll('-', '').slice(12)
}
