import type { Generator } from '../../engines/engine.ts'
import { createSpeedMeter, type SpeedMeter } from '../../engines/generation/speed-meter.ts'
import { createUpstreamGenerator } from '../../engines/upstream/upstream-generator.ts'
import { failing } from '../../placements/failing.ts'
import { asEdgewiseError, EdgewiseError, type ErrorCode } from '../../spec/errors.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { Clock, OpenConnection } from '../../spec/ports.ts'
import type { Capability, InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { tap } from '../tap.ts'
import { createAskServer } from './ask-server.ts'
import { describeModel } from './describe-server.ts'
import type { ServerDialect } from './dialect.ts'
import { refuseIgnored, withoutUnusedTools } from './refuse-ignored.ts'
import type { LocalServerSettings } from './settings.ts'

export interface LocalServerOptions {
  readonly settings: LocalServerSettings
  /** The way to it; closed together with it. */
  readonly egress: AsyncDisposable & { readonly open: OpenConnection }
  /** Declares that a request may go to this server as it is. */
  readonly admit: (request: InferenceRequest) => SanitisedRequest
  readonly clock: Clock
  /** Told once of each reason why it cannot be used. */
  readonly onTrouble: (error: EdgewiseError) => void
}

export interface LocalServerStats {
  readonly running: number
  /** As seen from here, with the time on the way; absent before the first answer. */
  readonly prefillTokensPerSecond?: number | undefined
  readonly decodeTokensPerSecond?: number | undefined
}

/** A model of a server in this building. It reads requests as they are. */
export interface LocalServer extends Generator {
  stats(): LocalServerStats
}

/** A start waits no longer than this for a server; it may come up later. */
const startMs = 3000
/** A server may load a model of gigabytes before its first word. */
const firstTokenMs = 180_000
const interTokenMs = 60_000
const longestPauseMs = 30_000

/** The server is away, or has changed: what was known of it does not count any more. */
const tellsOfServer: ReadonlySet<ErrorCode> = new Set([
  'link-down',
  'stream-cut',
  'upstream-timeout',
  'model-not-found',
])

/**
 * Opens a model server. Resolves when the server has told of its model, or after 3 s at the latest: a server that is down is asked again until it is
 * there, with pauses up to 30 s, and is unavailable until then, with the reason.
 */
export async function openLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const server = new OpenedServer(options)
  await server.begin()
  return server
}

interface Known {
  readonly upstream: Generator<SanitisedRequest>
  readonly dialect: ServerDialect
}

class OpenedServer implements LocalServer {
  readonly model: string
  readonly #options: LocalServerOptions
  readonly #closing = new AbortController()
  readonly #meter: SpeedMeter = createSpeedMeter(16)
  #known: Known | undefined
  #down: string | undefined = 'it has not been asked yet'
  #lastTrouble: string | undefined
  #running = 0
  #search: Promise<void> | undefined

  constructor(options: LocalServerOptions) {
    this.#options = options
    this.model = options.settings.model
  }

  get capabilities(): ReadonlySet<Capability> {
    return this.#known?.upstream.capabilities ?? new Set(this.#options.settings.capabilities)
  }

  get contextTokens(): number | undefined {
    return this.#known?.upstream.contextTokens ?? this.#options.settings.contextTokens
  }

  unavailable(): string | undefined {
    return this.#down
  }

  stats(): LocalServerStats {
    const { prefillTokensPerSecond, decodeTokensPerSecond } = this.#meter
    return { running: this.#running, prefillTokensPerSecond, decodeTokensPerSecond }
  }

  generate(request: InferenceRequest, signal: AbortSignal): AsyncIterable<StreamPart> {
    const known = this.#known
    if (known === undefined || this.#down !== undefined) {
      const text = `${this.model} cannot answer: ${this.#down ?? 'it is closed'}`
      return failing(new EdgewiseError('engine-unavailable', text, { retryAfterSeconds: 1 }))
    }
    try {
      refuseIgnored(known.dialect, request)
    } catch (thrown) {
      return failing(asEdgewiseError(thrown))
    }
    const admitted = this.#options.admit(withoutUnusedTools(request))
    return this.#watched(known.upstream.generate(admitted, signal))
  }

  async begin(): Promise<void> {
    const inTime = new AbortController()
    const found = this.#searchOnce().finally(() => inTime.abort())
    const late = this.#options.clock.delay(startMs, inTime.signal).catch(() => undefined)
    await Promise.race([found, late])
    if (this.#down !== undefined) this.#searchOn()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#down = 'it is closed'
    this.#closing.abort()
    await this.#search
    await this.#known?.upstream[Symbol.asyncDispose]()
    await this.#options.egress[Symbol.asyncDispose]()
  }

  #watched(parts: AsyncIterable<StreamPart>): AsyncIterable<StreamPart> {
    const { clock } = this.#options
    const start = clock.monotonic()
    let firstAt: number | undefined
    this.#running += 1
    return tap(parts, {
      onPart: (part) => {
        if (part.type !== 'finish') firstAt ??= clock.monotonic()
        else this.#measure(part.usage, { start, firstAt, end: clock.monotonic() })
      },
      onEnd: ({ error }) => {
        this.#running -= 1
        if (error !== undefined && tellsOfServer.has(error.code)) this.#lose(error)
      },
      // To the application a 502 or 401 of this server is the local model's failure.
      mapError: (error) =>
        error.code === 'model-not-found'
          ? new EdgewiseError('engine-unavailable', error.message, { cause: error, retryAfterSeconds: 1 })
          : error,
    })
  }

  #measure(
    {
      promptTokens,
      cachedTokens = 0,
      completionTokens,
    }: { promptTokens: number; cachedTokens?: number; completionTokens: number },
    { start, firstAt, end }: { start: number; firstAt: number | undefined; end: number },
  ): void {
    if (firstAt === undefined) return
    const read = promptTokens - cachedTokens
    if (read > 1 && firstAt > start) this.#meter.record(read, firstAt - start)
    if (completionTokens > 1 && end > firstAt) this.#meter.record(1, (end - firstAt) / (completionTokens - 1))
  }

  #lose(error: EdgewiseError): void {
    if (this.#closing.signal.aborted) return
    this.#down = error.message
    this.#searchOn()
  }

  /** One search at a time, until the server is found or this is closed. */
  #searchOn(): void {
    this.#search ??= this.#searchUntilFound().finally(() => {
      this.#search = undefined
    })
  }

  async #searchUntilFound(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#closing
    const wait = clock.backgroundDelay ?? clock.delay
    for (let pauseMs = 1000; !signal.aborted; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
      await this.#searchOnce()
      if (this.#down === undefined) return
      await wait.call(clock, pauseMs, signal).catch(() => undefined)
    }
  }

  async #searchOnce(): Promise<void> {
    const { settings, egress, clock, onTrouble } = this.#options
    const { open } = egress
    const { signal } = this.#closing
    try {
      const ask = createAskServer({ url: settings.url, open, signal })
      const { dialect, ...facts } = await describeModel(ask, settings)
      if (signal.aborted) return
      const contextTokens = settings.contextTokens ?? facts.contextTokens
      const upstream = createUpstreamGenerator({
        model: this.model,
        baseUrl: settings.url,
        capabilities: settings.capabilities ?? facts.capabilities,
        ...(contextTokens === undefined ? {} : { contextTokens }),
        open,
        clock,
        firstTokenTimeoutMs: firstTokenMs,
        interTokenTimeoutMs: interTokenMs,
      })
      this.#known = { upstream, dialect }
      this.#down = undefined
      this.#lastTrouble = undefined
    } catch (thrown) {
      if (signal.aborted) return
      const error = asEdgewiseError(thrown)
      this.#down = error.message
      if (this.#lastTrouble !== error.message) onTrouble(error)
      this.#lastTrouble = error.message
    }
  }
}
