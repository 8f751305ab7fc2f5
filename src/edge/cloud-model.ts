import { z } from 'zod'
import type { Generator } from '../engines/engine.ts'
import { createUpstreamGenerator } from '../engines/upstream/upstream-generator.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import type { Clock, OpenConnection } from '../spec/ports.ts'
import { capabilities } from '../spec/request.ts'
import { createOfferedModel } from './offered-model.ts'

export interface CloudModelOptions {
  readonly url: URL
  readonly open: OpenConnection
  readonly clock: Clock
  /** Model to ask for; absent: the first that the hub offers. */
  readonly wanted?: string
  /** Embedding model to ask for; absent: the first that the hub offers. */
  readonly wantedVectors?: string
  readonly firstTokenTimeoutMs: number
  readonly interTokenTimeoutMs: number
}

/** The hub's models as generators. Until the hub has told its models, and after it withdrew one, that one is unavailable. */
export interface CloudModel {
  readonly generator: Generator<SanitisedRequest>
  /** Its embedding model. */
  readonly vectors: Generator<SanitisedRequest>
  /** False once the hub has told that it offers no embedding model. */
  readonly offersVectors: boolean
  /** Asks the hub which models it offers. Does nothing once they are known. */
  discover(signal: AbortSignal): Promise<void>
}

const listing = z.object({
  data: z.array(z.object({ id: z.string().min(1).max(200), capabilities: z.array(z.string()).optional() })).max(1000),
})
const largestListing = 1_000_000

export function createCloudModel(options: CloudModelOptions): CloudModel {
  const { url, open, clock, wanted, wantedVectors, firstTokenTimeoutMs, interTokenTimeoutMs } = options
  const untold = 'the hub has not told its models yet'
  let offersVectors = true
  const text = createOfferedModel({ name: wanted ?? 'cloud', unknownYet: () => untold })
  const vectors = createOfferedModel({
    name: wantedVectors ?? 'cloud-embeddings',
    unknownYet: () => (offersVectors ? untold : `the hub does not offer ${wantedVectors ?? 'any embedding model'}`),
  })

  const generatorOf = (found: Listed) =>
    createUpstreamGenerator({
      model: found.id,
      baseUrl: new URL('/v1/', url),
      capabilities: capabilities.filter((capability) => found.capabilities?.includes(capability)),
      // The hub keeps a conversation on one member of its pool.
      conversationHeader: 'x-edgewise-conversation',
      deadlineHeader: 'x-edgewise-deadline-ms',
      keepsAnswers: true,
      open,
      clock,
      firstTokenTimeoutMs,
      interTokenTimeoutMs,
    })

  return {
    generator: text.generator,
    vectors: vectors.generator,
    get offersVectors() {
      return offersVectors
    },
    async discover(signal) {
      if (text.known !== undefined && (vectors.known !== undefined || !offersVectors)) return
      const { data } = await listModels({ url, open, signal })
      const ofVectors = data.filter(givesVectors).find(({ id }) => id === (wantedVectors ?? id))
      offersVectors = ofVectors !== undefined
      if (ofVectors !== undefined && vectors.known === undefined) vectors.offer(generatorOf(ofVectors))
      const found = data.filter((one) => !givesVectors(one)).find(({ id }) => id === (wanted ?? id))
      if (found === undefined) {
        const offers = data.map(({ id }) => id).join(', ') || 'none'
        throw new EdgewiseError(
          'model-not-found',
          `The hub does not offer ${wanted ?? 'any model'} (edge.hub.model). It offers: ${offers}.`,
        )
      }
      if (text.known === undefined) text.offer(generatorOf(found))
    },
  }
}

type Listed = z.infer<typeof listing>['data'][number]

function givesVectors({ capabilities: declared }: Listed): boolean {
  return declared?.includes('embeddings') ?? false
}

async function listModels({ url, open, signal }: { url: URL; open: OpenConnection; signal: AbortSignal }) {
  const { status, body } = await open({
    url: new URL('/v1/models', url),
    method: 'GET',
    headers: {},
    purpose: 'models',
    headersTimeoutMs: 5000,
    bodyTimeoutMs: 5000,
    signal,
  })
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > largestListing) break
  }
  if (status !== 200)
    throw new EdgewiseError('upstream-rejected', `The hub answered ${status} when asked for its models.`)
  const parsed = listing.safeParse(parseJson(text))
  if (!parsed.success)
    throw new EdgewiseError('upstream-failed', 'The hub answered something else than a list of models.')
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
