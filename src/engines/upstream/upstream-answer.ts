import { createUpstreamDecoder, type UpstreamDecoder } from '../../openai/chat-upstream.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import { parseSse } from '../../openai/sse.ts'
import { upstreamError } from '../../openai/upstream-error.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Inbound } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { retryAfterSeconds } from './retry-after.ts'
import type { SilenceLimit } from './silence-limit.ts'
import type { Upstream } from './upstream-generator.ts'

const maxEventBytes = 4_194_304
const maxAnswerBytes = 33_554_432
const maxErrorBytes = 65_536
/** After the end of an answer the server gets this long to close its stream, so that the connection can serve again. */
const drainMs = 200
const maxDrainEvents = 16

export interface AnswerReading {
  readonly upstream: Upstream
  readonly inbound: Inbound
  readonly silence: SilenceLimit
}

/** Reads one response as stream parts: server-sent events, or one JSON body from servers that do not stream. */
export async function* readAnswer(reading: AnswerReading): AsyncGenerator<StreamPart> {
  const { upstream, inbound } = reading
  if (inbound.status < 200 || inbound.status > 299) throw await refusal(upstream, inbound)
  const contentType = inbound.headers['content-type'] ?? 'text/event-stream'
  if (/^text\/event-stream\b/i.test(contentType)) yield* readEvents(reading)
  else if (/^application\/([\w.+-]+\+)?json\b/i.test(contentType)) yield* readWhole(reading)
  else {
    throw new EdgewiseError(
      'upstream-failed',
      `${upstream.name} answered with ${kindOf(contentType)} instead of a chat completion; check the base URL`,
    )
  }
}

async function* readEvents({ upstream, inbound, silence }: AnswerReading): AsyncGenerator<StreamPart> {
  const { interTokenTimeoutMs } = upstream
  const decoder = decoderFor(upstream)
  let surplus: number | undefined
  try {
    for await (const { data } of parseSse(inbound.body, { maxEventBytes })) {
      if (surplus !== undefined) {
        surplus += 1
        if (surplus > maxDrainEvents) return
      } else if (data.startsWith('[DONE]')) {
        const finish = decoder.end(true)
        silence.start(drainMs, `did not close its stream within ${drainMs} ms`)
        surplus = 0
        yield finish
      } else if (data !== '') {
        const hadBegun = decoder.hasBegun
        const parts = decoder.push(parseAnswer(data, upstream))
        // A role alone, or a comment, is no token: the first limit goes on.
        if (!decoder.hasBegun) continue
        if (!hadBegun) silence.start(interTokenTimeoutMs, `fell silent for ${interTokenTimeoutMs} ms in its answer`)
        silence.hold()
        yield* parts
        silence.feed()
      }
    }
  } catch (thrown) {
    // The answer is whole; what becomes of its connection is no longer the caller's business.
    if (surplus !== undefined) return
    throw thrown
  }
  if (surplus === undefined) yield decoder.end(false)
}

async function* readWhole({ upstream, inbound, silence }: AnswerReading): AsyncGenerator<StreamPart> {
  const text = await readText(inbound, maxAnswerBytes)
  silence.stop()
  const decoder = decoderFor(upstream)
  yield* decoder.push(parseAnswer(text, upstream))
  yield decoder.end(true)
}

async function refusal(upstream: Upstream, inbound: Inbound): Promise<EdgewiseError> {
  const { name, upstreamModel: model, apiKey: secret, clock } = upstream
  const { status, headers } = inbound
  const text = await readText(inbound, maxErrorBytes).catch(() => '')
  if (status < 400) {
    return new EdgewiseError(
      'upstream-failed',
      `${name} answered with a redirect (HTTP ${status}); configure its final address`,
    )
  }
  const seconds = retryAfterSeconds(headers, clock.now())
  return upstreamError({
    status,
    body: parseLoosely(text),
    upstream: name,
    model,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    ...(secret === undefined ? {} : { secret }),
  })
}

function decoderFor({ name, upstreamModel, apiKey }: Upstream): UpstreamDecoder {
  return createUpstreamDecoder({
    upstream: name,
    model: upstreamModel,
    ...(apiKey === undefined ? {} : { secret: apiKey }),
  })
}

function parseAnswer(text: string, { name }: Upstream): unknown {
  try {
    return parseJsonBody({ text })
  } catch {
    // No cause: where it points to may be the answer's own words.
    throw new EdgewiseError('upstream-failed', `${name} sent a piece of answer that is not valid JSON`)
  }
}

function parseLoosely(text: string): unknown {
  try {
    return parseJsonBody({ text })
  } catch {
    return text
  }
}

async function readText({ body }: Inbound, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new EdgewiseError('upstream-failed', `the upstream server sent a body of more than ${maxBytes} bytes`)
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function kindOf(contentType: string): string {
  const [kind = ''] = contentType.split(';')
  return /^[\w.+/-]{1,64}$/.test(kind) ? kind : 'an unknown kind of content'
}
