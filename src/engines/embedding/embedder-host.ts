import { decodeVector } from '../../openai/embeddings-vector.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Embeddings } from '../embedder.ts'
import { type EngineProcess, startEngineProcess } from '../host/engine-process.ts'
import { errorFromWire } from '../host/protocol.ts'
import { restartDelayMs } from '../host/restart-delay.ts'
import { type FromEmbedder, fromEmbedder, type LoadEmbedder, type ToEmbedder } from './embedder-protocol.ts'

export interface EmbedderHostOptions {
  readonly load: LoadEmbedder
  readonly clock: Clock
  /** File with the code of the process, which calls `serveEmbedder`. */
  readonly main: string
}

/** How long the process may take to close its model before it is killed. */
const closeMs = 2000

/** Keeps one encoder alive in a process of its own, as `EngineHost` keeps a decoder. A model that does not come up five times in a row stays down. */
export class EmbedderHost implements AsyncDisposable {
  readonly #options: EmbedderHostOptions
  readonly #calls = new Map<number, PromiseWithResolvers<Embeddings>>()
  readonly #closing = new AbortController()
  readonly #firstStart = Promise.withResolvers<void>()
  #process: EngineProcess<ToEmbedder> | undefined
  #down: string | undefined = 'it is being loaded'
  #loadError: EdgewiseError | undefined
  #failedStarts = 0
  #lastCall = 0

  /** Resolves once the model is loaded; rejects with the reason when its first start fails. */
  static async start(options: EmbedderHostOptions): Promise<EmbedderHost> {
    const host = new EmbedderHost(options)
    try {
      host.#begin()
      await host.#firstStart.promise
      return host
    } catch (thrown) {
      await host[Symbol.asyncDispose]()
      throw thrown
    }
  }

  private constructor(options: EmbedderHostOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  unavailable(): string | undefined {
    return this.#down
  }

  /** Vectors of the texts. Throws `engine-unavailable` while the process is away, `engine-crashed` when it ends before they are there. */
  async embed(texts: readonly string[], signal: AbortSignal): Promise<Embeddings> {
    if (signal.aborted) throw aborted(signal)
    if (this.#down !== undefined) {
      const text = `${this.#options.load.manifest.id} cannot answer: ${this.#down}`
      throw new EdgewiseError('engine-unavailable', text, { retryAfterSeconds: 1 })
    }
    const call = ++this.#lastCall
    const result = Promise.withResolvers<Embeddings>()
    const abort = () => result.reject(aborted(signal))
    this.#calls.set(call, result)
    signal.addEventListener('abort', abort, { once: true })
    this.#process?.send({ type: 'embed', call, texts: [...texts] })
    try {
      return await result.promise
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
    const { load, main } = this.#options
    const { folder, linkedFiles } = load.manifest
    const process = startEngineProcess<ToEmbedder, FromEmbedder>({
      main,
      readable: [folder, ...linkedFiles],
      parse: (message) => fromEmbedder.safeParse(message).data,
      onMessage: (message) => this.#receive(message),
      onExit: (because) => this.#recover(because),
    })
    this.#process = process
    process.send({ type: 'load', options: load })
  }

  #receive(message: FromEmbedder): void {
    switch (message.type) {
      case 'loaded':
        this.#failedStarts = 0
        this.#loadError = undefined
        if (!this.#closing.signal.aborted) this.#down = undefined
        this.#firstStart.resolve()
        return
      case 'load-failed':
        this.#loadError = errorFromWire(message.error)
        return
      case 'embedded': {
        const { vectors, promptTokens } = message
        this.#take(message.call)?.resolve({ vectors: vectors.map(decodeVector), promptTokens })
        return
      }
      case 'failed':
        this.#take(message.call)?.reject(errorFromWire(message.error))
        return
      default:
        message satisfies never
    }
  }

  #take(call: number): PromiseWithResolvers<Embeddings> | undefined {
    const result = this.#calls.get(call)
    this.#calls.delete(call)
    return result
  }

  /** The process has ended: its requests fail, and it is started again. */
  #recover(because: string): void {
    this.#process = undefined
    const { id } = this.#options.load.manifest
    if (this.#down !== undefined) this.#failedStarts++
    this.#failCalls(because)
    const ended = new EdgewiseError('engine-crashed', `the process of ${id} ended while loading: ${because}`)
    this.#firstStart.reject(this.#loadError ?? ended)
    if (this.#closing.signal.aborted) return
    const reason = this.#loadError?.message ?? because
    const delayMs = restartDelayMs(this.#failedStarts)
    if (delayMs === undefined) {
      this.#down = `it failed to load ${this.#failedStarts} times in a row and stays down: ${reason}`
      return
    }
    this.#down = `it is being restarted: ${reason}`
    void this.#beginAfter(delayMs)
  }

  async #beginAfter(delayMs: number): Promise<void> {
    const isOpen = await this.#options.clock.delay(delayMs, this.#closing.signal).then(
      () => true,
      () => false,
    )
    if (isOpen) this.#begin()
  }

  #failCalls(because: string): void {
    const text = `the process of ${this.#options.load.manifest.id} ended before it answered: ${because}`
    for (const { reject } of this.#calls.values()) {
      reject(new EdgewiseError('engine-crashed', text, { retryAfterSeconds: 1 }))
    }
    this.#calls.clear()
  }
}

function aborted(signal: AbortSignal): EdgewiseError {
  return new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}
