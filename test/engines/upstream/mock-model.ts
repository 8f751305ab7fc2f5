import {
  createUpstreamGenerator,
  type UpstreamGeneratorOptions,
} from '../../../src/engines/upstream/upstream-generator.ts'
import { createEgress } from '../../../src/privacy/egress/egress.ts'
import { markSanitised, type SanitisedRequest } from '../../../src/spec/outbound.ts'
import type { Clock } from '../../../src/spec/ports.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import type { MockAnswer, RecordedRequest } from '../../../src/testing/mock-upstream.ts'

/** A request that passed the guard. */
export function sanitised(fields: Partial<InferenceRequest> = {}): SanitisedRequest {
  return markSanitised({
    id: 'request-1',
    model: 'big',
    messages: [{ role: 'user', content: 'hello' }],
    sampling: { temperature: 0, topP: 1, topK: 0 },
    stop: [],
    ...fields,
  })
}

type Defaulted = 'model' | 'open' | 'clock' | 'firstTokenTimeoutMs' | 'interTokenTimeoutMs'

/** A generator over a real egress to this base URL, with limits no test waits for. Closing it closes the connections. */
export function upstreamAt(
  baseUrl: string,
  {
    egressClock = systemClock,
    ...options
  }: Omit<UpstreamGeneratorOptions, Defaulted | 'baseUrl'> &
    Partial<Pick<UpstreamGeneratorOptions, Defaulted>> & { readonly egressClock?: Clock } = {},
) {
  const destinations = [{ origin: new URL(baseUrl).origin }]
  const egress = createEgress({ destinations, record: () => undefined, clock: egressClock })
  const generator = createUpstreamGenerator({
    model: 'big',
    open: egress.open,
    clock: systemClock,
    firstTokenTimeoutMs: 60_000,
    interTokenTimeoutMs: 60_000,
    ...options,
    baseUrl,
  })
  return {
    ...generator,
    async [Symbol.asyncDispose]() {
      await generator[Symbol.asyncDispose]()
      await egress[Symbol.asyncDispose]()
    },
  }
}

interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly max_tokens?: number
  readonly stop?: readonly string[]
  readonly continue_final_message?: boolean
}

/** Answers as a model would: by the prompt, up to `max_tokens`, before a stop string, behind the text so far. */
export function modelAnswer({ body }: RecordedRequest): MockAnswer {
  const { messages, max_tokens: limit, stop = [], continue_final_message: goesOn } = body as ChatBody
  const prompt = messages.find(({ role }) => role === 'user')?.content ?? ''
  const words = Array.from({ length: 12 }, (_, index) => ` ${prompt}${index}`)
  const soFar = goesOn === true ? (messages.at(-1)?.content ?? '') : ''
  const rest = words.join('').slice(soFar.length)
  const ends = stop.map((word) => rest.indexOf(word)).filter((at) => at !== -1)
  const pieces = rest.slice(0, Math.min(rest.length, ...ends)).match(/ ?[^ ]+|\s+$/g) ?? []
  const isCut = limit !== undefined && pieces.length > limit
  return { pieces: pieces.slice(0, limit), finishReason: isCut ? 'length' : 'stop' }
}
