import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { FromThread, ToThread, Vocabulary } from './thread-protocol.ts'

/** Why the grammar thread gave no answer. */
export class ThreadFault extends Error {
  override readonly name = 'ThreadFault'
  /** True for the call that the thread was at work on when it ended; others may be asked again of another thread. */
  readonly isGuilty: boolean

  constructor(because: string, isGuilty: boolean) {
    super(because)
    this.isGuilty = isGuilty
  }
}

interface Call {
  resolve(ok: boolean): void
  reject(fault: ThreadFault): void
}

/** One run of the grammar engine in a thread of its own. It ends for good at its first fault. */
export class GrammarThread implements AsyncDisposable {
  /** Resolves when it takes calls; rejects with a ThreadFault when it does not come up. */
  readonly ready: Promise<void>
  readonly #worker: Worker
  /** In the order in which they are answered. */
  readonly #calls: Call[] = []
  readonly #start = Promise.withResolvers<void>()
  #answered = 0
  #fault: string | undefined

  constructor(vocabulary: Vocabulary) {
    const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
    // What the engine prints may quote a schema; it goes nowhere.
    const silence = { stdout: true, stderr: true }
    this.#worker = new Worker(join(import.meta.dirname, `thread-main${extension}`), {
      workerData: vocabulary,
      ...silence,
    })
    this.#worker.stdout.resume()
    this.#worker.stderr.resume()
    this.ready = this.#start.promise
    this.ready.catch(() => undefined)
    this.#worker.on('message', (message: FromThread) => this.#receive(message))
    this.#worker.on('error', (error: Error) => void this.end(error.message))
    this.#worker.on('exit', (code) => void this.end(`it exited with code ${code}`))
  }

  get hasEnded(): boolean {
    return this.#fault !== undefined
  }

  /** Calls that have no answer yet. */
  get waiting(): number {
    return this.#calls.length
  }

  /** Number of calls answered so far. */
  get answered(): number {
    return this.#answered
  }

  /** What the thread answers. Rejects with a ThreadFault when it ends before. */
  call(message: Exclude<ToThread, { kind: 'close' }>): Promise<boolean> {
    if (this.#fault !== undefined) return Promise.reject(new ThreadFault(this.#fault, false))
    return new Promise((resolve, reject) => {
      this.#calls.push({ resolve, reject })
      this.#worker.postMessage(message)
    })
  }

  /** Gives up a matcher. */
  close(matcher: number): void {
    if (this.#fault === undefined) this.#worker.postMessage({ kind: 'close', matcher } satisfies ToThread)
  }

  /** Ends the thread at once, whatever it is doing. The call that it is at work on is the guilty one. */
  async end(because: string): Promise<void> {
    if (this.#fault === undefined) {
      this.#fault = because
      this.#start.reject(new ThreadFault(because, true))
      for (const [index, { reject }] of this.#calls.entries()) reject(new ThreadFault(because, index === 0))
      this.#calls.length = 0
    }
    await this.#worker.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end('it was closed')
  }

  #receive(message: FromThread): void {
    if ('ready' in message) this.#start.resolve()
    else if ('failed' in message) void this.end('the grammar engine failed')
    else {
      this.#answered++
      this.#calls.shift()?.resolve(message.ok)
    }
  }
}
