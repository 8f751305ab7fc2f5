import type { Generator } from '../engines/engine.ts'
import { createLinkMonitor, type LinkMonitor } from '../link/link-monitor.ts'
import { acknowledgePath } from '../spec/detached.ts'
import { EdgewiseError, type ErrorCode } from '../spec/errors.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import type { Clock, OpenConnection, Random } from '../spec/ports.ts'
import { createCloudModel } from './cloud-model.ts'
import { tap } from './tap.ts'

export interface HubConnectionOptions {
  readonly url: URL
  readonly open: OpenConnection
  readonly clock: Clock
  readonly random: Random
  readonly model?: string
  /** Embedding model to ask for; absent: the first that the hub offers. */
  readonly embeddingModel?: string
  readonly firstTokenTimeoutMs: number
  readonly interTokenTimeoutMs: number
  /** Told of what the owner must mend: the hub refuses this edge, or does not offer the model. */
  readonly onTrouble: (error: EdgewiseError) => void
}

/** The edge's side of its hub: the cloud model as a generator, and what is known of the way there. */
export interface HubConnection extends AsyncDisposable {
  readonly generator: Generator<SanitisedRequest>
  /** The hub's embedding model. Its times say nothing of an answer's, so they are not measured. */
  readonly vectors: Generator<SanitisedRequest>
  /** False once the hub has told that it offers no embedding model. */
  offersVectors(): boolean
  readonly link: LinkMonitor
  /** Tells the hub that the answer to a detached request is here or no longer wanted: it ends the work and keeps nothing. Never throws: what is not told expires there. */
  acknowledge(requestId: string, signal: AbortSignal): Promise<void>
}

const probeEveryMs = 5000
const probeTimeoutMs = 4000

export function connectHub(options: HubConnectionOptions): HubConnection {
  const { url, open, clock, random, model, embeddingModel, firstTokenTimeoutMs, interTokenTimeoutMs, onTrouble } =
    options
  const cloud = createCloudModel({
    url,
    open,
    clock,
    ...(model === undefined ? {} : { wanted: model }),
    ...(embeddingModel === undefined ? {} : { wantedVectors: embeddingModel }),
    firstTokenTimeoutMs,
    interTokenTimeoutMs,
  })
  const probe = async (signal: AbortSignal) => {
    await ping({ url, open, signal })
    await cloud.discover(signal).catch((error: EdgewiseError) => {
      onTrouble(error)
      if (error.retryable) throw error
    })
  }
  const link = createLinkMonitor({ probe, clock, random, intervalMs: probeEveryMs })
  link.start()
  return {
    generator: measured(cloud.generator, link, clock),
    vectors: cloud.vectors,
    offersVectors: () => cloud.offersVectors,
    link,
    acknowledge: (requestId, signal) => acknowledge({ url, open, requestId, signal }).catch(() => {}),
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]()
      await cloud.generator[Symbol.asyncDispose]()
      await cloud.vectors[Symbol.asyncDispose]()
    },
  }
}

async function ping({ url, open, signal }: { url: URL; open: OpenConnection; signal: AbortSignal }): Promise<void> {
  const { status, body } = await open({
    url: new URL('/edgewise/v1/ping', url),
    method: 'GET',
    headers: {},
    purpose: 'probe',
    headersTimeoutMs: probeTimeoutMs,
    bodyTimeoutMs: probeTimeoutMs,
    signal,
  })
  for await (const _piece of body);
  if (status === 401 || status === 403) {
    throw new EdgewiseError(
      'edge-unknown',
      `The hub does not know this edge (HTTP ${status}). Join again: edgewise edge --join TOKEN.`,
    )
  }
  // 404: an OpenAI-compatible server that is no hub of ours. It is there, which is all a probe asks.
  if (status !== 200 && status !== 404)
    throw new EdgewiseError('upstream-failed', `The hub answered ${status} to a probe.`)
}

interface AcknowledgeOptions extends Pick<HubConnectionOptions, 'url' | 'open'> {
  readonly requestId: string
  readonly signal: AbortSignal
}

async function acknowledge({ url, open, requestId, signal }: AcknowledgeOptions): Promise<void> {
  const { body } = await open({
    url: new URL(acknowledgePath(requestId), url),
    method: 'POST',
    headers: {},
    purpose: 'delivery',
    headersTimeoutMs: probeTimeoutMs,
    bodyTimeoutMs: probeTimeoutMs,
    signal,
  })
  for await (const _piece of body);
}

/** The same generator; each answer's first token, pace or failure is told to the link monitor. */
function measured(
  generator: Generator<SanitisedRequest>,
  link: LinkMonitor,
  clock: Clock,
): Generator<SanitisedRequest> {
  return {
    get model() {
      return generator.model
    },
    get capabilities() {
      return generator.capabilities
    },
    unavailable: () => generator.unavailable(),
    generate(request, signal) {
      const start = clock.monotonic()
      let firstTokenMs: number | undefined
      return tap(generator.generate(request, signal), {
        onPart(part) {
          if (part.type === 'placement') return
          if (part.type !== 'finish') firstTokenMs ??= clock.monotonic() - start
          else if (firstTokenMs !== undefined) {
            const seconds = (clock.monotonic() - start - firstTokenMs) / 1000
            const tokens = part.usage.completionTokens - 1
            link.observeAnswer({
              firstTokenMs,
              ...(seconds > 0 && tokens > 0 ? { tokensPerSecond: tokens / seconds } : {}),
            })
          }
        },
        onEnd({ error }) {
          if (error !== undefined && tellsOfLink.has(error.code)) link.observeFailure(error)
        },
        // To the application a 401 would speak of its own key; what it lost is the way to the cloud.
        mapError: (error) =>
          tellsOfTrust.has(error.code) ? new EdgewiseError('link-down', error.message, { cause: error }) : error,
      })
    },
    [Symbol.asyncDispose]: () => generator[Symbol.asyncDispose](),
  }
}

/** The hub refuses this edge, or is not the one that was pinned. */
const tellsOfTrust: ReadonlySet<ErrorCode> = new Set(['edge-unknown', 'fingerprint-mismatch'])

/** Errors that speak of the way, not of the hub's opinion about one request. */
const tellsOfLink: ReadonlySet<ErrorCode> = new Set(['link-down', 'stream-cut', 'upstream-timeout', ...tellsOfTrust])
