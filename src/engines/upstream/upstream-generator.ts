import { EdgewiseError } from '../../spec/errors.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { Clock, OpenConnection } from '../../spec/ports.ts'
import type { Capability } from '../../spec/request.ts'
import type { Generator } from '../engine.ts'
import { UpstreamRun } from './upstream-run.ts'

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
  /** Header that carries the milliseconds until the request's deadline to a server that ends its work then, as our hub does; absent: none is sent. */
  readonly deadlineHeader?: string
  /** The server goes on with detached requests and keeps their answers, as our hub does. */
  readonly keepsAnswers?: boolean
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
  /** Where prompts without a chat template go. */
  readonly completionsUrl: URL
  readonly embeddingsUrl: URL
  /** How errors name the server: address and path, no secrets. */
  readonly name: string
}

/**
 * A model behind any OpenAI-compatible server. It never retries. Ends with `link-down`, `upstream-timeout`, `upstream-failed`,
 * `upstream-rejected`, `overloaded`, `context-exceeded`, `stream-cut` or `aborted`; the connection is closed when the consumer leaves.
 */
export function createUpstreamGenerator(options: UpstreamGeneratorOptions): Generator<SanitisedRequest> {
  const upstream = checked(options)
  const running = new Set<UpstreamRun>()
  return {
    model: options.model,
    capabilities: upstream.capabilities,
    ...(options.contextTokens === undefined ? {} : { contextTokens: options.contextTokens }),
    unavailable: options.unavailable ?? (() => undefined),
    generate: (request, signal) => ({
      [Symbol.asyncIterator]() {
        const run: UpstreamRun = new UpstreamRun({ upstream, request, signal, onOver: () => running.delete(run) })
        running.add(run)
        return run
      },
    }),
    async [Symbol.asyncDispose]() {
      for (const run of running) run.stop(new EdgewiseError('aborted', `${upstream.name} is being closed`))
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
  const completionsUrl = new URL(`${path}/completions${base.search}`, base)
  const embeddingsUrl = new URL(`${path}/embeddings${base.search}`, base)
  const capabilities = new Set(options.capabilities)
  const { upstreamModel = options.model } = options
  return { ...options, url, completionsUrl, embeddingsUrl, name: `${base.origin}${path}`, upstreamModel, capabilities }
}
