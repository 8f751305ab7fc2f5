import { decodeVector } from '../../openai/embeddings-vector.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Embeddings } from '../embedder.ts'
import { errorFromWire } from '../host/protocol.ts'
import { SupervisedProcess } from '../host/supervised-process.ts'
import { type FromEmbedder, fromEmbedder, type LoadEmbedder, type ToEmbedder } from './embedder-protocol.ts'

export interface EmbedderHostOptions {
  readonly load: LoadEmbedder
  readonly clock: Clock
  /** File with the code of the process, which calls `serveEmbedder`. */
  readonly main: string
}

/** Passes texts to an encoder in a process of its own, and gives back their vectors. */
export class EmbedderHost implements AsyncDisposable {
  readonly #model: string
  readonly #calls = new Map<number, PromiseWithResolvers<Embeddings>>()
  readonly #process: SupervisedProcess<ToEmbedder, FromEmbedder>
  #lastCall = 0

  /** Resolves once the model is loaded; rejects with the reason when its first start fails. */
  static async start(options: EmbedderHostOptions): Promise<EmbedderHost> {
    const host = new EmbedderHost(options)
    await host.#process.start()
    return host
  }

  private constructor({ load, clock, main }: EmbedderHostOptions) {
    const { id, folder, linkedFiles } = load.manifest
    this.#model = id
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
    this.#calls.set(call, result)
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
      this.#take(message.call)?.resolve({ vectors: vectors.map(decodeVector), promptTokens })
    } else if (message.type === 'failed') this.#take(message.call)?.reject(errorFromWire(message.error))
  }

  #take(call: number): PromiseWithResolvers<Embeddings> | undefined {
    const result = this.#calls.get(call)
    this.#calls.delete(call)
    return result
  }

  #failCalls(because: string): void {
    const text = `the process of ${this.#model} ended before it answered: ${because}`
    for (const { reject } of this.#calls.values()) {
      reject(new EdgewiseError('engine-crashed', text, { retryAfterSeconds: 1 }))
    }
    this.#calls.clear()
  }
}

function aborted(signal: AbortSignal): EdgewiseError {
  return new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}
