import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { GeneratorStats } from '../generation/session-generator.ts'
import { requireBoundedSchemas } from '../grammar/answer-grammar.ts'
import { childMain } from './child-arguments.ts'
import { type EngineProcess, startEngineProcess } from './engine-process.ts'
import { createPartQueue, type PartQueue } from './part-queue.ts'
import { type EngineLoad, errorFromWire, type FromEngine, fromEngine, type ToEngine } from './protocol.ts'
import { restartDelayMs } from './restart-delay.ts'

export interface EngineHostOptions {
  readonly load: EngineLoad
  readonly clock: Clock
  /** File with the code of the engine process, which calls `serveEngine`. */
  readonly main?: string
  /** Files and folders that it needs to read beside its code: those of the model. */
  readonly readable?: readonly string[]
}

/** How long a process may take to close its model before it is killed. */
const closeMs = 2000

/**
 * Keeps one model alive in a process of its own: starts it, passes requests to it, starts it again when it ends.
 * A model that does not come up five times in a row stays down.
 */
export class EngineHost implements AsyncDisposable {
  readonly #options: EngineHostOptions
  readonly #calls = new Map<number, PartQueue>()
  readonly #closing = new AbortController()
  readonly #firstStart = Promise.withResolvers<void>()
  #process: EngineProcess<ToEngine> | undefined
  /** Why it cannot answer now. */
  #down: string | undefined = 'it is being loaded'
  #loadError: EdgewiseError | undefined
  #failedStarts = 0
  #restarts = 0
  #lastCall = 0
  #contextTokens = 0
  #stats: GeneratorStats = { running: 0, kvBytes: 0 }

  /** Resolves once the model is loaded; rejects with the reason when its first start fails. */
  static async start(options: EngineHostOptions, signal?: AbortSignal): Promise<EngineHost> {
    signal?.throwIfAborted()
    const host = new EngineHost(options)
    const abort = () => host.#firstStart.reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      host.#begin()
      await host.#firstStart.promise
      return host
    } catch (thrown) {
      await host[Symbol.asyncDispose]()
      throw thrown
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  private constructor(options: EngineHostOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  get contextTokens(): number {
    return this.#contextTokens
  }

  /** As the process last told. */
  get stats(): GeneratorStats & { readonly restarts: number } {
    return { ...this.#stats, running: this.#calls.size, restarts: this.#restarts }
  }

  unavailable(): string | undefined {
    return this.#down
  }

  /** Answers one request. Throws `engine-unavailable` while the process is away, `engine-crashed` when it ends before the answer does. */
  async *generate(request: InferenceRequest, signal: AbortSignal): AsyncGenerator<StreamPart> {
    if (signal.aborted) throw aborted(signal)
    requireBoundedSchemas(request)
    if (this.#down !== undefined) {
      const text = `${this.#options.load.model} cannot answer: ${this.#down}`
      throw new EdgewiseError('engine-unavailable', text, { retryAfterSeconds: 1 })
    }
    const call = ++this.#lastCall
    const queue = createPartQueue()
    const abort = () => queue.fail(aborted(signal))
    this.#calls.set(call, queue)
    signal.addEventListener('abort', abort, { once: true })
    this.#process?.send({ type: 'generate', call, request })
    try {
      yield* queue
    } finally {
      signal.removeEventListener('abort', abort)
      if (this.#calls.delete(call)) this.#process?.send({ type: 'abort', call })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#down = 'it is closed'
    this.#closing.abort()
    this.#failCalls('it was closed')
    const process = this.#process
    if (process === undefined) return
    process.send({ type: 'close' })
    const patience = new AbortController()
    const late = this.#options.clock.delay(closeMs, patience.signal).then(process.kill, () => undefined)
    await process.exited
    patience.abort()
    await late
  }

  #begin(): void {
    const { load, main = childMain(), readable = [] } = this.#options
    const process = startEngineProcess<ToEngine, FromEngine>({
      main,
      readable,
      parse: (message) => fromEngine.safeParse(message).data,
      onMessage: (message) => this.#receive(message),
      onExit: (because) => this.#recover(because),
    })
    this.#process = process
    process.send({ type: 'load', options: load })
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case 'loaded':
        this.#contextTokens = message.contextTokens
        this.#stats = message.stats
        this.#failedStarts = 0
        this.#loadError = undefined
        if (!this.#closing.signal.aborted) this.#down = undefined
        this.#firstStart.resolve()
        return
      case 'load-failed':
        this.#loadError = errorFromWire(message.error)
        return
      case 'events':
        this.#stats = message.stats
        for (const event of message.events) {
          const queue = this.#calls.get(event.call)
          if ('part' in event) queue?.push(event.part)
          else queue?.fail(errorFromWire(event.error))
          if (queue?.ended) this.#calls.delete(event.call)
        }
        return
      default:
        message satisfies never
    }
  }

  /** The process has ended: its requests fail, and it is started again. */
  #recover(because: string): void {
    this.#process = undefined
    const { model } = this.#options.load
    if (this.#down !== undefined) this.#failedStarts++
    this.#failCalls(because)
    this.#firstStart.reject(
      this.#loadError ?? new EdgewiseError('engine-crashed', `the engine of ${model} ended while loading: ${because}`),
    )
    if (this.#closing.signal.aborted) return
    const reason = this.#loadError?.message ?? because
    const delayMs = restartDelayMs(this.#failedStarts)
    if (delayMs === undefined) {
      this.#down = `it failed to load ${this.#failedStarts} times in a row and stays down: ${reason}`
      return
    }
    this.#down = `it is being restarted: ${reason}`
    this.#restarts++
    if (delayMs === 0) this.#begin()
    else void this.#beginAfter(delayMs)
  }

  async #beginAfter(delayMs: number): Promise<void> {
    try {
      await this.#options.clock.delay(delayMs, this.#closing.signal)
    } catch {
      return
    }
    this.#begin()
  }

  #failCalls(because: string): void {
    const text = `the engine process of ${this.#options.load.model} ended before the answer did: ${because}`
    for (const queue of this.#calls.values()) {
      queue.fail(new EdgewiseError('engine-crashed', text, { retryAfterSeconds: 1 }))
    }
    this.#calls.clear()
  }
}

function aborted(signal: AbortSignal): EdgewiseError {
  return new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}
