import { join } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ClassifyTokens, Clock, TokenClass } from '../../spec/ports.ts'
import { errorFromWire } from '../host/protocol.ts'
import { SupervisedProcess } from '../host/supervised-process.ts'
import { readNameModel } from './name-model-settings.ts'
import { type FromNames, fromNames, type LoadNames, stretchFromWire, type ToNames } from './names-protocol.ts'
import { requireReadable } from './require-readable.ts'

export interface NameModelOptions {
  /** Holds model.onnx and names.json. */
  readonly folder: string
  readonly clock: Clock
  /** Threads that one text may use; default 1. */
  readonly threads?: number
}

/** A model that names what it reads, in a process of its own. */
export interface NameModel extends AsyncDisposable {
  readonly id: string
  /** Languages that it was made for. */
  readonly languages: readonly string[]
  /** Throws `engine-unavailable` while its process is away, `engine-crashed` when that ends, or hangs, before it answers. No error holds any text. */
  readonly classify: ClassifyTokens
  /** Process that runs the model; undefined between two of them. */
  readonly pid: number | undefined
  /** Why it cannot answer now. */
  unavailable(): string | undefined
}

/** How long a process may take to load a model of a few MB, on a machine that is busy. */
const loadMs = 30_000
/** A step takes a hundredth of it. */
const silenceMs = 5000
const windowTokens = 1024

/**
 * Starts a name model in a child process that has no environment and reads nothing but the model and this package. Rejects with `model-not-found`,
 * `model-invalid`, `engine-crashed`, or `engine-unavailable` when it takes longer than half a minute. It is restarted when it crashes or hangs.
 */
export async function startNameModel({ folder, clock, threads = 1 }: NameModelOptions): Promise<NameModel> {
  const host = new NameHost({ model: await readNameModel(folder), threads, windowTokens }, clock)
  const patience = new AbortController()
  const because = `the name model in ${folder} was not loaded within ${loadMs / 1000} s`
  const cancel = clock.after(loadMs, () => patience.abort(new EdgewiseError('engine-unavailable', because)))
  try {
    await host.start(patience.signal)
  } finally {
    cancel()
  }
  return host
}

class NameHost implements NameModel {
  readonly id: string
  readonly languages: readonly string[]
  readonly #calls = new Map<number, PromiseWithResolvers<readonly (readonly TokenClass[])[]>>()
  /** Calls that the process has not answered, whether or not anybody still waits for them. */
  readonly #unanswered = new Set<number>()
  readonly #process: SupervisedProcess<ToNames, FromNames>
  #lastCall = 0

  constructor(load: LoadNames, clock: Clock) {
    const { id, folder, settings } = load.model
    this.id = id
    this.languages = settings.languages
    const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
    this.#process = new SupervisedProcess({
      model: id,
      main: join(import.meta.dirname, `names-main${extension}`),
      readable: [folder],
      clock,
      load: { type: 'load', options: load },
      close: { type: 'close' },
      parse: (message) => fromNames.safeParse(message).data,
      onMessage: (message) => this.#receive(message),
      onEnd: (because) => this.#failCalls(because),
      health: { ping: { type: 'ping' }, isBusy: () => this.#unanswered.size > 0, limitMs: () => silenceMs },
    })
  }

  readonly classify: ClassifyTokens = async (texts, signal) => {
    if (signal.aborted) throw aborted(signal)
    requireReadable(texts)
    this.#process.requireUp()
    const call = ++this.#lastCall
    const result = Promise.withResolvers<readonly (readonly TokenClass[])[]>()
    const abort = () => result.reject(aborted(signal))
    this.#calls.set(call, result)
    this.#unanswered.add(call)
    signal.addEventListener('abort', abort, { once: true })
    this.#process.send({ type: 'classify', call, texts: [...texts] })
    try {
      const found = await result.promise
      if (found.length === texts.length) return found
      throw new EdgewiseError('internal', `the name model answered ${found.length} of ${texts.length} texts`)
    } finally {
      signal.removeEventListener('abort', abort)
      if (this.#calls.delete(call)) this.#process.send({ type: 'abort', call })
    }
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  unavailable(): string | undefined {
    return this.#process.down
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#process.start(signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }

  #receive(message: FromNames): void {
    if (message.type === 'classified') {
      this.#take(message.call)?.resolve(message.texts.map((stretches) => stretches.map(stretchFromWire)))
    } else if (message.type === 'failed') this.#take(message.call)?.reject(errorFromWire(message.error))
  }

  #take(call: number): PromiseWithResolvers<readonly (readonly TokenClass[])[]> | undefined {
    this.#unanswered.delete(call)
    const result = this.#calls.get(call)
    this.#calls.delete(call)
    return result
  }

  #failCalls(because: string): void {
    this.#unanswered.clear()
    const text = `the process of ${this.id} ended before it answered: ${because}`
    for (const { reject } of this.#calls.values()) {
      reject(new EdgewiseError('engine-crashed', text, { retryAfterSeconds: 1 }))
    }
    this.#calls.clear()
  }
}

function aborted(signal: AbortSignal): EdgewiseError {
  return new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}
