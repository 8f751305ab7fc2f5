import { z } from 'zod'
import type { Generator } from '../engines/engine.ts'
import { createUpstreamGenerator } from '../engines/upstream/upstream-generator.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import type { Clock, OpenConnection } from '../spec/ports.ts'
import { capabilities } from '../spec/request.ts'

export interface CloudModelOptions {
  readonly url: URL
  readonly open: OpenConnection
  readonly clock: Clock
  /** Model to ask for; absent: the first that the hub offers. */
  readonly wanted?: string
  readonly firstTokenTimeoutMs: number
  readonly interTokenTimeoutMs: number
}

/** The hub's model as a generator. Until the hub has told its models, and after it withdrew this one, it is unavailable. */
export interface CloudModel {
  readonly generator: Generator<SanitisedRequest>
  /** Asks the hub which models it offers. Does nothing once it is known. */
  discover(signal: AbortSignal): Promise<void>
}

const listing = z.object({
  data: z.array(z.object({ id: z.string().min(1).max(200), capabilities: z.array(z.string()).optional() })).max(1000),
})
const largestListing = 1_000_000

export function createCloudModel(options: CloudModelOptions): CloudModel {
  const { url, open, clock, wanted, firstTokenTimeoutMs, interTokenTimeoutMs } = options
  let known: Generator<SanitisedRequest> | undefined
  const unknownYet = 'the hub has not told its models yet'

  return {
    generator: {
      get model() {
        return known?.model ?? wanted ?? 'cloud'
      },
      get capabilities() {
        return known?.capabilities ?? new Set()
      },
      unavailable: () => (known === undefined ? unknownYet : known.unavailable()),
      async *generate(request, signal) {
        const asked = known
        if (asked === undefined) throw new EdgewiseError('link-down', unknownYet)
        try {
          yield* asked.generate(request, signal)
        } catch (error) {
          if (!(error instanceof EdgewiseError) || error.code !== 'model-not-found') throw error
          // The hub was started anew with other models: the next probe asks for them.
          if (known === asked) known = undefined
          throw new EdgewiseError('engine-unavailable', `the hub does not offer ${asked.model} any more`, {
            cause: error,
          })
        }
      },
      [Symbol.asyncDispose]: () => known?.[Symbol.asyncDispose]() ?? Promise.resolve(),
    },
    async discover(signal) {
      if (known !== undefined) return
      const { data } = await listModels({ url, open, signal })
      const found = wanted === undefined ? data[0] : data.find(({ id }) => id === wanted)
      if (found === undefined) {
        const offers = data.map(({ id }) => id).join(', ') || 'none'
        throw new EdgewiseError(
          'model-not-found',
          `The hub does not offer ${wanted ?? 'any model'} (edge.hub.model). It offers: ${offers}.`,
        )
      }
      known = createUpstreamGenerator({
        model: found.id,
        baseUrl: new URL('/v1/', url),
        capabilities: capabilities.filter((capability) => found.capabilities?.includes(capability)),
        // The hub keeps a conversation on one member of its pool.
        conversationHeader: 'x-edgewise-conversation',
        open,
        clock,
        firstTokenTimeoutMs,
        interTokenTimeoutMs,
      })
    },
  }
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
