import { encodeUpstreamChat } from '../../openai/chat-upstream.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import { OutboundBody, type SanitisedRequest } from '../../spec/outbound.ts'
import type { Clock, OpenConnection } from '../../spec/ports.ts'
import type { Capability } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Generator } from '../engine.ts'
import { createSilenceLimit, type SilenceLimit } from './silence-limit.ts'
import { readAnswer } from './upstream-answer.ts'

export interface UpstreamGeneratorOptions {
  /** Id of the model here. */
  readonly model: string
  /** The upstream's own name of it; absent: the same. */
  readonly upstreamModel?: string
  /** Base URL of its API, such as `http://127.0.0.1:8000/v1`. Without credentials in it. */
  readonly baseUrl: string | URL
  /** Sent with every request; nothing of the client's own headers ever is. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as Bearer; appears in no error. */
  readonly apiKey?: string
  /** What the server can do, declared by whoever configured it; absent: text only. */
  readonly capabilities?: Iterable<Capability>
  /** Prompt and answer together; absent: the server checks. */
  readonly contextTokens?: number
  /** Header that carries the conversation to a server that keeps one on one member, as our hub does; absent: none is sent. */
  readonly conversationHeader?: string
  readonly open: OpenConnection
  readonly clock: Clock
  /** Longest wait from the request to the first token. */
  readonly firstTokenTimeoutMs: number
  /** Longest silence within an answer. */
  readonly interTokenTimeoutMs: number
  /** Why it cannot answer at the moment, as health checks know; absent: it always can. */
  readonly unavailable?: () => string | undefined
}

/** Everything one run needs to know, checked once. */
export interface Upstream extends UpstreamGeneratorOptions {
  readonly upstreamModel: string
  readonly capabilities: ReadonlySet<Capability>
  readonly url: URL
  /** How errors name the server: address and path, no secrets. */
  readonly name: string
}

/**
 * A model behind any OpenAI-compatible server. It never retries. Ends with `link-down`, `upstream-timeout`, `upstream-failed`,
 * `upstream-rejected`, `overloaded`, `context-exceeded`, `stream-cut` or `aborted`; the connection is closed when the consumer leaves.
 */
export function createUpstreamGenerator(options: UpstreamGeneratorOptions): Generator<SanitisedRequest> {
  const upstream = checked(options)
  const running = new Set<AbortController>()
  return {
    model: options.model,
    capabilities: upstream.capabilities,
    ...(options.contextTokens === undefined ? {} : { contextTokens: options.contextTokens }),
    unavailable: options.unavailable ?? (() => undefined),
    generate: (request, signal) => generate({ upstream, request, signal, running }),
    async [Symbol.asyncDispose]() {
      for (const run of running) run.abort(new EdgewiseError('aborted', `${upstream.name} is being closed`))
    },
  }
}

function checked(options: UpstreamGeneratorOptions): Upstream {
  const base = URL.parse(String(options.baseUrl))
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new EdgewiseError('config-invalid', 'the base URL of an upstream must be a full http or https address')
  }
  if (base.username !== '' || base.password !== '') {
    throw new EdgewiseError('config-invalid', `the base URL of ${base.host} holds credentials; give them as apiKey`)
  }
  if (options.apiKey !== undefined && !/^[\x21-\x7e]+$/.test(options.apiKey)) {
    throw new EdgewiseError(
      'config-invalid',
      `the API key for ${base.host} is empty or holds a space or control character`,
    )
  }
  const path = base.pathname.replace(/\/+$/, '')
  const url = new URL(`${path}/chat/completions${base.search}`, base)
  const capabilities = new Set(options.capabilities)
  const { upstreamModel = options.model } = options
  return { ...options, url, name: `${base.origin}${path}`, upstreamModel, capabilities }
}

/** Ends what is left of a run; one object for all, since a fresh one would record its stack. */
const over = new Error('the answer is over')

interface Run {
  readonly upstream: Upstream
  readonly request: SanitisedRequest
  readonly signal: AbortSignal
  readonly running: Set<AbortController>
}

async function* generate({ upstream, request, signal, running }: Run): AsyncGenerator<StreamPart> {
  const run = new AbortController()
  const silence = createSilenceLimit({
    clock: upstream.clock,
    onSilence: (because) => run.abort(new EdgewiseError('upstream-timeout', `${upstream.name} ${because}`)),
  })
  const abort = () => run.abort(abortion(signal))
  signal.addEventListener('abort', abort, { once: true })
  running.add(run)
  try {
    if (signal.aborted) throw abortion(signal)
    for await (const part of converse(upstream, request, run.signal, silence)) {
      // Pieces that had arrived before are not given any more.
      if (run.signal.aborted) throw run.signal.reason
      yield part
    }
  } catch (thrown) {
    // Whatever the broken connection said, the reason is ours.
    throw asEdgewiseError(run.signal.aborted ? run.signal.reason : thrown)
  } finally {
    silence.stop()
    signal.removeEventListener('abort', abort)
    running.delete(run)
    // Closes a connection whose answer was not read to its end; one that was is back in its pool.
    run.abort(over)
  }
}

async function* converse(
  upstream: Upstream,
  request: SanitisedRequest,
  signal: AbortSignal,
  silence: SilenceLimit,
): AsyncGenerator<StreamPart> {
  const continuation = upstream.capabilities.has('continuation')
  const { upstreamModel: model, firstTokenTimeoutMs, interTokenTimeoutMs, clock } = upstream
  const startedAt = clock.monotonic()
  const inbound = await upstream.open({
    url: upstream.url,
    method: 'POST',
    headers: headersFor(upstream, request),
    body: OutboundBody.fromRequest(request, (view) => encodeUpstreamChat(view, { model, stream: true, continuation })),
    purpose: 'inference',
    requestId: request.id,
    headersTimeoutMs: firstTokenTimeoutMs,
    bodyTimeoutMs: Math.max(firstTokenTimeoutMs, interTokenTimeoutMs),
    signal,
  })
  // Until here the connection's own limit held, which can tell a dead link from a slow server.
  const leftMs = firstTokenTimeoutMs - (clock.monotonic() - startedAt)
  silence.start(leftMs, `gave no first token within ${firstTokenTimeoutMs} ms`)
  yield* readAnswer({ upstream, inbound, silence })
}

function headersFor(upstream: Upstream, request: SanitisedRequest): Record<string, string> {
  const { headers, apiKey, conversationHeader } = upstream
  return {
    ...headers,
    accept: 'text/event-stream, application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...(conversationHeader === undefined || request.conversation === undefined
      ? {}
      : { [conversationHeader]: request.conversation }),
  }
}

/** A typed reason (a deadline of the server's, say) stays; any other becomes `aborted`. */
function abortion({ reason }: AbortSignal): EdgewiseError {
  return reason instanceof EdgewiseError
    ? reason
    : new EdgewiseError('aborted', 'the request was aborted', { cause: reason })
}
