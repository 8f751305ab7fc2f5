import type { Serializable } from 'node:child_process'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import { type EngineProcess, startEngineProcess } from './engine-process.ts'
import { Heartbeat } from './heartbeat.ts'
import { errorFromWire, type WireError } from './protocol.ts'
import { restartDelayMs } from './restart-delay.ts'

/** What every process of ours says of itself, whatever else it says. */
type OwnNews = { readonly type: 'loaded' } | { readonly type: 'load-failed'; readonly error: WireError }

export interface SupervisedProcessOptions<Told extends Serializable, Said extends { readonly type: string }> {
  /** Name of the model, for errors. */
  readonly model: string
  /** File with the code of the process. */
  readonly main: string
  /** Files and folders that it needs to read beside its code. */
  readonly readable: readonly string[]
  readonly clock: Clock
  /** Told to each new process. */
  readonly load: Told
  /** Asks the process to close its model and end. */
  readonly close: Told
  /** What the process said; undefined for what breaks the protocol. */
  parse(message: unknown): Said | undefined
  /** Hears everything that the process says. */
  onMessage(message: Said): void
  /** The process has ended or hangs, for this reason: its requests can be answered no more. May be called again while there are none. */
  onEnd(because: string): void
  /** How a process that hangs is found out. Absent: it is not. */
  readonly health?: ProcessHealth<Told, Said>
}

export interface ProcessHealth<Told, Said> {
  /** Asks for a sign of life. */
  readonly ping: Told
  /** True while requests wait for the process. */
  isBusy(): boolean
  /** Longest silence, in milliseconds, that the work it has explains. */
  limitMs(): number
  /** False for a message that a process may send whose work stands still. Absent: every message is a sign of life. */
  isSign?(message: Said): boolean
}

/** How long a process may take to close its model before it is killed. */
const closeMs = 2000
/** How long a model may take to load again: so many times as long as the first time, but never less than a minute. */
const slowestLoad = 10
const shortestLoadMs = 60_000

/** Keeps a model alive in a process of its own: starts it, and starts it again when it ends. One that does not come up five times in a row stays down. */
export class SupervisedProcess<Told extends Serializable, Said extends { readonly type: string }>
  implements AsyncDisposable
{
  readonly #options: SupervisedProcessOptions<Told, Said>
  readonly #closing = new AbortController()
  readonly #firstStart = Promise.withResolvers<void>()
  #process: EngineProcess<Told> | undefined
  #down: string | undefined = 'it is being loaded'
  #loadError: EdgewiseError | undefined
  #isUp = false
  #failedStarts = 0
  #restarts = 0
  readonly #heartbeat: Heartbeat | undefined
  #begunMs = 0
  #firstLoadMs: number | undefined
  #cancelLoad: (() => void) | undefined

  constructor(options: SupervisedProcessOptions<Told, Said>) {
    this.#options = options
    const { clock, health } = options
    if (health === undefined) return
    this.#heartbeat = new Heartbeat({
      clock,
      isBusy: () => this.#down === undefined && health.isBusy(),
      limitMs: () => health.limitMs(),
      ask: () => this.#process?.send(health.ping),
      onSilent: (silentMs) => this.#giveUp(`it gave no sign of life for ${Math.round(silentMs / 1000)} s`),
    })
  }

  /** Resolves once the model is loaded; rejects, with the process ended, when its first start fails or the signal aborts. Call it once. */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const abort = () => this.#firstStart.reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      this.#begin()
      await this.#firstStart.promise
    } catch (thrown) {
      await this[Symbol.asyncDispose]()
      throw thrown
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Why it cannot answer now. */
  get down(): string | undefined {
    return this.#down
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Throws `engine-unavailable` while the process is away. */
  requireUp(): void {
    if (this.#down === undefined) return
    const text = `${this.#options.model} cannot answer: ${this.#down}`
    throw new EdgewiseError('engine-unavailable', text, { retryAfterSeconds: 1 })
  }

  /** Does nothing while the process is away. */
  send(message: Told): void {
    this.#process?.send(message)
    this.#heartbeat?.begin()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#down = 'it is closed'
    this.#closing.abort()
    this.#heartbeat?.[Symbol.dispose]()
    this.#cancelLoad?.()
    this.#options.onEnd('it was closed')
    const process = this.#process
    if (process === undefined) return
    process.send(this.#options.close)
    const cancel = this.#options.clock.after(closeMs, process.kill)
    await process.exited
    cancel()
  }

  #begin(): void {
    const { main, readable, load, parse, clock } = this.#options
    const process = startEngineProcess<Told, Said>({
      main,
      readable,
      parse,
      onMessage: (message) => this.#receive(message),
      onExit: (because) => this.#recover(because),
    })
    this.#process = process
    process.send(load)
    this.#begunMs = clock.monotonic()
    // The first start has somebody who waits for it, and may give it up.
    if (this.#firstLoadMs === undefined) return
    const limitMs = Math.max(shortestLoadMs, slowestLoad * this.#firstLoadMs)
    this.#cancelLoad = clock.after(limitMs, () => process.kill(`it was not loaded within ${limitMs / 1000} s`))
  }

  /** Its requests end now: a process that the kernel holds fast may take its time to die. */
  #giveUp(because: string): void {
    this.#down = `it hangs: ${because}`
    this.#process?.kill(because)
    this.#options.onEnd(because)
  }

  #receive(message: Said): void {
    if (isOwnNews(message)) this.#take(message)
    this.#options.onMessage(message)
    if (this.#options.health?.isSign?.(message) !== false) this.#heartbeat?.heard()
    if (message.type === 'loaded') this.#firstStart.resolve()
  }

  #take(news: OwnNews): void {
    if (news.type === 'load-failed') {
      this.#loadError = errorFromWire(news.error)
      return
    }
    this.#isUp = true
    this.#failedStarts = 0
    this.#loadError = undefined
    this.#cancelLoad?.()
    this.#firstLoadMs ??= this.#options.clock.monotonic() - this.#begunMs
    if (!this.#closing.signal.aborted) this.#down = undefined
  }

  /** The process has ended: its requests fail, and it is started again. */
  #recover(because: string): void {
    const { model, onEnd, clock } = this.#options
    this.#process = undefined
    this.#heartbeat?.[Symbol.dispose]()
    this.#cancelLoad?.()
    if (!this.#isUp) this.#failedStarts++
    this.#isUp = false
    onEnd(because)
    const ended = new EdgewiseError('engine-crashed', `the engine of ${model} ended while loading: ${because}`)
    this.#firstStart.reject(this.#loadError ?? ended)
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
    else
      clock.delay(delayMs, this.#closing.signal).then(
        () => this.#begin(),
        () => undefined,
      )
  }
}

function isOwnNews(message: { readonly type: string }): message is OwnNews {
  return message.type === 'loaded' || message.type === 'load-failed'
}
