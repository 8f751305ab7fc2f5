import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { promptCharacters } from '../generation/prompt-characters.ts'
import type { GeneratorStats } from '../generation/session-generator.ts'
import { requireBoundedSchemas } from '../grammar/answer-grammar.ts'
import { childMain } from './child-arguments.ts'
import { createPartQueue, type PartQueue } from './part-queue.ts'
import { type EngineLoad, errorFromWire, type FromEngine, fromEngine, type ToEngine } from './protocol.ts'
import { silenceLimitMs } from './silence-limit.ts'
import { SupervisedProcess } from './supervised-process.ts'

export interface EngineHostOptions {
  readonly load: EngineLoad
  readonly clock: Clock
  /** File with the code of the engine process, which calls `serveEngine`. */
  readonly main?: string
  /** Files and folders that it needs to read beside its code: those of the model. */
  readonly readable?: readonly string[]
}

interface RunningCall {
  readonly queue: PartQueue
  readonly request: InferenceRequest
}

/** Passes requests to a decoder in a process of its own, and gives back the parts of their answers. */
export class EngineHost implements AsyncDisposable {
  readonly #model: string
  readonly #calls = new Map<number, RunningCall>()
  readonly #process: SupervisedProcess<ToEngine, FromEngine>
  #lastCall = 0
  #contextTokens = 0
  #stats: GeneratorStats = { running: 0, kvBytes: 0, steps: 0 }
  /** Steps that its last sign of life told of. */
  #stepsSeen = 0

  /** Resolves once the model is loaded; rejects with the reason when its first start fails. */
  static async start(options: EngineHostOptions, signal?: AbortSignal): Promise<EngineHost> {
    const host = new EngineHost(options)
    await host.#process.start(signal)
    return host
  }

  private constructor({ load, clock, main = childMain(), readable = [] }: EngineHostOptions) {
    this.#model = load.model
    this.#process = new SupervisedProcess({
      model: load.model,
      main,
      readable,
      clock,
      load: { type: 'load', options: load },
      close: { type: 'close' },
      parse: (message) => fromEngine.safeParse(message).data,
      onMessage: (message) => this.#receive(message),
      onEnd: (because) => this.#failCalls(because),
      health: {
        ping: { type: 'ping' },
        isBusy: () => this.#calls.size > 0,
        limitMs: () => this.#silenceLimitMs(),
        isSign: (message) => this.#isSign(message),
      },
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get contextTokens(): number {
    return this.#contextTokens
  }

  /** As the process last told. */
  get stats(): GeneratorStats & { readonly restarts: number } {
    return { ...this.#stats, running: this.#calls.size, restarts: this.#process.restarts }
  }

  unavailable(): string | undefined {
    return this.#process.down
  }

  /** Answers one request. Throws `engine-unavailable` while the process is away, `engine-crashed` when it ends before the answer does. */
  async *generate(request: InferenceRequest, signal: AbortSignal): AsyncGenerator<StreamPart> {
    if (signal.aborted) throw aborted(signal)
    requireBoundedSchemas(request)
    this.#process.requireUp()
    const call = ++this.#lastCall
    const queue = createPartQueue()
    const abort = () => queue.fail(aborted(signal))
    this.#calls.set(call, { queue, request })
    signal.addEventListener('abort', abort, { once: true })
    this.#process.send({ type: 'generate', call, request })
    try {
      yield* queue
    } finally {
      signal.removeEventListener('abort', abort)
      if (this.#calls.delete(call)) this.#process.send({ type: 'abort', call })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }

  #receive(message: FromEngine): void {
    if (message.type === 'load-failed') return
    this.#stats = message.stats
    if (message.type === 'loaded') {
      this.#contextTokens = message.contextTokens
      return
    }
    if (message.type === 'alive') return
    for (const event of message.events) {
      const queue = this.#calls.get(event.call)?.queue
      if ('part' in event) queue?.push(event.part)
      else queue?.fail(errorFromWire(event.error))
      if (queue?.ended) this.#calls.delete(event.call)
    }
  }

  /** The longest prompt may be read, or cut into tokens, in one go. A token has at least one character. */
  #silenceLimitMs(): number {
    const lengths = [...this.#calls.values()].map(({ request }) => promptCharacters(request))
    return silenceLimitMs({
      tokens: Math.min(this.#contextTokens, Math.max(0, ...lengths)),
      tokensPerSecond: this.#stats.prefillTokensPerSecond,
    })
  }

  /** Where native code has threads of its own, a process answers though its model stands still. */
  #isSign(message: FromEngine): boolean {
    if (message.type !== 'alive') return true
    const { running, steps } = message.stats
    const isMoving = running === 0 || steps !== this.#stepsSeen
    this.#stepsSeen = steps
    return isMoving
  }

  #failCalls(because: string): void {
    const text = `the engine process of ${this.#model} ended before the answer did: ${because}`
    for (const { queue } of this.#calls.values()) {
      queue.fail(new EdgewiseError('engine-crashed', text, { retryAfterSeconds: 1 }))
    }
    this.#calls.clear()
  }
}

function aborted(signal: AbortSignal): EdgewiseError {
  return new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}
