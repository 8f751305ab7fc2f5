import { PartLog } from '../../engines/part-log.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { KeptAnswerBook } from '../../store/store.ts'

/** What became of a detached request: it joined a running one, got the answer that was kept, had its answer kept, took the place of another body, or was ended. */
export type KeptAnswerEvent = 'joined' | 'found' | 'kept' | 'replaced' | 'ended'

export interface KeptAnswersOptions {
  readonly book: KeptAnswerBook
  readonly clock: Clock
  /** How long an answer waits for its edge. */
  readonly keepMs: number
  /** Of each caller; the oldest give way. */
  readonly keepBytes: number
  /** Told of what could not be written: the answer was given out all the same, but is not kept. */
  readonly onError: (error: EdgewiseError) => void
  readonly onEvent?: (event: KeptAnswerEvent) => void
}

export interface WantedAnswer {
  readonly caller: string
  /** The caller's own name for the request. */
  readonly key: string
  /** Tells one body from another under the same key. */
  readonly digest: string
  /** Begins the work, once, when there is no answer yet. It is read to its end whether anybody waits or not, unless the signal aborts. */
  readonly begin: (signal: AbortSignal) => AsyncIterable<StreamPart>
  /** Called once in the place of `begin` when there is nothing to do: the answer is there, is being made, or cannot be looked for. */
  readonly onNotBegun?: () => void
}

interface Run {
  readonly caller: string
  readonly digest: string
  readonly stop: AbortController
  /** Resolves when nothing is being written; never rejects. */
  saving: Promise<void>
}

type Answer = PartLog | readonly StreamPart[]

interface Running extends Run {
  readonly answer: Promise<Answer>
}

/**
 * Answers to requests that go on while their edge is away. One key and body of one caller stand for one generation: an attempt joins it, or gets the whole
 * answer that was kept, also from a hub that was started anew since. Another body under the same key takes its place. An answer is on disk before its last
 * part is given out, unless the disk refuses it.
 */
export class KeptAnswers {
  readonly #options: KeptAnswersOptions
  readonly #running = new Map<string, Running>()

  constructor(options: KeptAnswersOptions) {
    this.#options = options
  }

  /** The answer from its beginning; the work begins at once. Throws what the work fails with, which is not kept, and `aborted` when it was ended. */
  open(wanted: WantedAnswer): AsyncGenerator<StreamPart> {
    const name = nameOf(wanted.caller, wanted.key)
    const running = this.#running.get(name)
    if (running?.digest !== wanted.digest) return partsOf(this.#start(name, wanted, running))
    this.#options.onEvent?.('joined')
    wanted.onNotBegun?.()
    return partsOf(running)
  }

  /** The caller has it or does not want it: its work ends, and nothing is kept. True when there was something. */
  async acknowledge(caller: string, key: string): Promise<boolean> {
    const name = nameOf(caller, key)
    const running = this.#running.get(name)
    if (running !== undefined) await this.#end(name, running, 'Its caller needs this answer no longer.')
    const wasKept = await this.#options.book.remove(caller, key)
    return wasKept || running !== undefined
  }

  /** Ends all work of a caller, and forgets what is kept for it. */
  async endAllOf(caller: string): Promise<void> {
    const own = [...this.#running].filter(([, running]) => running.caller === caller)
    await Promise.all(own.map(([name, running]) => this.#end(name, running, 'Its caller may not ask any longer.')))
    await this.#options.book.removeAll(caller)
  }

  /** Whoever has work under way here. */
  callers(): readonly string[] {
    return [...new Set([...this.#running.values()].map(({ caller }) => caller))]
  }

  /** Resolves when it writes nothing any more; what it still makes is not kept. */
  async #end(name: string, running: Running, because: string): Promise<void> {
    if (this.#running.get(name) === running) this.#running.delete(name)
    this.#options.onEvent?.('ended')
    running.stop.abort(new EdgewiseError('aborted', because))
    await running.saving
  }

  #start(name: string, wanted: WantedAnswer, older: Running | undefined): Running {
    const { caller, digest } = wanted
    const run: Run = { caller, digest, stop: new AbortController(), saving: Promise.resolve() }
    const isOlderOver =
      older === undefined ? undefined : this.#end(name, older, 'Another request has come under its Idempotency-Key.')
    const leave = () => {
      if (this.#running.get(name) === running) this.#running.delete(name)
    }
    const running: Running = Object.assign(run, { answer: this.#keptOrBegun(wanted, run, { isOlderOver, leave }) })
    this.#running.set(name, running)
    running.answer.catch(leave)
    return running
  }

  async #keptOrBegun(
    wanted: WantedAnswer,
    run: Run,
    { isOlderOver, leave }: { readonly isOlderOver: Promise<void> | undefined; readonly leave: () => void },
  ): Promise<Answer> {
    try {
      await isOlderOver
      const kept = await this.#find(wanted)
      run.stop.signal.throwIfAborted()
      if (isOlderOver !== undefined || kept === 'other') this.#options.onEvent?.('replaced')
      if (kept !== undefined && kept !== 'other') {
        leave()
        this.#options.onEvent?.('found')
        wanted.onNotBegun?.()
        return kept
      }
    } catch (thrown) {
      wanted.onNotBegun?.()
      throw thrown
    }
    const log = new PartLog(this.#saved(wanted, run), leave)
    void readToTheEnd(log)
    return log
  }

  /** The kept answer; `other` when the key stood for another body, which is forgotten. */
  async #find({ caller, key, digest }: WantedAnswer): Promise<readonly StreamPart[] | 'other' | undefined> {
    const { book, clock, onError } = this.#options
    const kept = await book.find(caller, key, clock.now())
    if (kept === undefined || kept.digest === digest) return kept?.parts
    await book.remove(caller, key).catch((thrown: unknown) => onError(asEdgewiseError(thrown)))
    return 'other'
  }

  /** The same parts; the last one when all are on disk. */
  async *#saved(wanted: WantedAnswer, run: Run): AsyncGenerator<StreamPart> {
    const { signal } = run.stop
    const parts: StreamPart[] = []
    for await (const part of wanted.begin(signal)) {
      signal.throwIfAborted()
      parts.push(part)
      if (part.type === 'finish') {
        run.saving = this.#save(wanted, parts)
        await run.saving
      }
      yield part
    }
  }

  /** Never throws: what is made and paid for is given out whether it can be kept or not. */
  async #save({ caller, key, digest }: WantedAnswer, parts: readonly StreamPart[]): Promise<void> {
    const { book, clock, keepMs, keepBytes, onError, onEvent } = this.#options
    const now = clock.now()
    try {
      const limits = { now, mostBytes: keepBytes }
      if (await book.save({ caller, key, digest, parts: [...parts], expiresAt: now + keepMs }, limits))
        onEvent?.('kept')
    } catch (thrown) {
      onError(asEdgewiseError(thrown))
    }
  }
}

async function* partsOf({ answer, stop }: Running): AsyncGenerator<StreamPart> {
  const log = await answer
  if (!(log instanceof PartLog)) {
    yield* log
    return
  }
  for (let index = 0; ; index += 1) {
    const part = await log.at(index).catch((thrown: unknown) => {
      throw stop.signal.aborted ? stop.signal.reason : thrown
    })
    if (part === undefined) return
    yield part
  }
}

async function readToTheEnd(log: PartLog): Promise<void> {
  while (!log.isOver) await log.advance()
}

function nameOf(caller: string, key: string): string {
  return JSON.stringify([caller, key])
}
