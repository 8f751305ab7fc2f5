import { decodeVector } from '../../openai/embeddings-vector.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Embeddings } from '../embedder.ts'
import { createSpeedMeter } from '../generation/speed-meter.ts'
import { errorFromWire } from '../host/protocol.ts'
import { silenceLimitMs } from '../host/silence-limit.ts'
import { SupervisedProcess } from '../host/supervised-process.ts'
import { type FromEmbedder, fromEmbedder, type LoadEmbedder, type ToEmbedder } from './embedder-protocol.ts'

export interface EmbedderHostOptions {
  readonly load: LoadEmbedder
  readonly clock: Clock
  /** File with the code of the process, which calls `serveEmbedder`. */
  readonly main: string
}

interface RunningCall {
  readonly result: PromiseWithResolvers<Embeddings>
  readonly texts: readonly string[]
  readonly sentMs: number
}

/** Passes texts to an encoder in a process of its own, and gives back their vectors. */
export class EmbedderHost implements AsyncDisposable {
  readonly #model: string
  readonly #calls = new Map<number, RunningCall>()
  readonly #clock: Clock
  readonly #meter = createSpeedMeter()
  readonly #contextTokens: number
  readonly #process: SupervisedProcess<ToEmbedder, FromEmbedder>
  #lastCall = 0
  #answeredMs = 0

  /** Resolves once the model is loaded; rejects with the reason when its first start fails. */
  static async start(options: EmbedderHostOptions): Promise<EmbedderHost> {
    const host = new EmbedderHost(options)
    await host.#process.start()
    return host
  }

  private constructor({ load, clock, main }: EmbedderHostOptions) {
    const { id, folder, linkedFiles, contextTokens } = load.manifest
    this.#model = id
    this.#contextTokens = contextTokens
    this.#clock = clock
    this.#process = new SupervisedProcess({
      model: id,
      main,
      readable: [folder, ...linkedFiles],
      clock,
      load: { type: 'load', options: load },
      close: { type: 'close' },
      parse: (message) => fromEmbedder.safeParse(message).data,
      onMessage: (message) => this.#receive(message),
      onEnd: (because) => this.#failCalls(because),
      health: {
        ping: { type: 'ping' },
        isBusy: () => this.#calls.size > 0,
        limitMs: () => this.#silenceLimitMs(),
      },
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  unavailable(): string | undefined {
    return this.#process.down
  }

  /** Vectors of the texts. Throws `engine-unavailable` while the process is away, `engine-crashed` when it ends before they are there. */
  async embed(texts: readonly string[], signal: AbortSignal): Promise<Embeddings> {
    if (signal.aborted) throw aborted(signal)
    this.#process.requireUp()
    const call = ++this.#lastCall
    const result = Promise.withResolvers<Embeddings>()
    const abort = () => result.reject(aborted(signal))
    this.#calls.set(call, { result, texts, sentMs: this.#clock.monotonic() })
    signal.addEventListener('abort', abort, { once: true })
    this.#process.send({ type: 'embed', call, texts: [...texts] })
    try {
      return await result.promise
    } finally {
      signal.removeEventListener('abort', abort)
      if (this.#calls.delete(call)) this.#process.send({ type: 'abort', call })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }

  #receive(message: FromEmbedder): void {
    if (message.type === 'embedded') {
      const { vectors, promptTokens } = message
      const call = this.#take(message.call)
      if (call !== undefined) this.#measure(call, promptTokens)
      call?.result.resolve({ vectors: vectors.map(decodeVector), promptTokens })
    } else if (message.type === 'failed') this.#take(message.call)?.result.reject(errorFromWire(message.error))
  }

  #take(call: number): RunningCall | undefined {
    const running = this.#calls.get(call)
    this.#calls.delete(call)
    return running
  }

  /** Calls are answered one after the other: a call's time begins when the one before it is answered. */
  #measure({ sentMs }: RunningCall, tokens: number): void {
    const now = this.#clock.monotonic()
    this.#meter.record(tokens, Math.max(1, now - Math.max(sentMs, this.#answeredMs)))
    this.#answeredMs = now
  }

  /** Each text is read in one step; between two of them messages are heard. A token has at least one character. */
  #silenceLimitMs(): number {
    const lengths = [...this.#calls.values()].flatMap(({ texts }) => texts.map(({ length }) => length))
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
    return silenceLimitMs({
      tokens: Math.min(this.#contextTokens, longest),
      tokensPerSecond: this.#meter.prefillTokensPerSecond,
    })
  }

  #failCalls(because: string): void {
    const text = `the process of ${this.#model} ended before it answered: ${because}`
    for (const { result } of this.#calls.values()) {
      result.reject(new EdgewiseError('engine-crashed', text, { retryAfterSeconds: 1 }))
    }
    this.#calls.clear()
  }
}

function aborted(signal: AbortSignal): EdgewiseError {
  return new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}
