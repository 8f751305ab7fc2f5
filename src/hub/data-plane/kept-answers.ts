import { PartLog } from '../../engines/part-log.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { KeptAnswerBook } from '../../store/store.ts'

export interface KeptAnswersOptions {
  readonly book: KeptAnswerBook
  readonly clock: Clock
  /** How long an answer waits for its edge. */
  readonly keepMs: number
  /** Of each caller; the oldest give way. */
  readonly keepBytes: number
}

export interface WantedAnswer {
  readonly caller: string
  /** The caller's own name for the request. */
  readonly key: string
  /** Tells one request from another under the same key. */
  readonly digest: string
  /** Begins the work, once, when there is no answer yet. It is read to its end whether anybody waits or not. */
  readonly begin: () => AsyncIterable<StreamPart>
}

interface Running {
  readonly digest: string
  readonly log: Promise<PartLog | readonly StreamPart[]>
}

/**
 * Answers to requests that go on while their edge is away. One key of one caller stands for one generation: an attempt joins it, or gets the whole answer that
 * was kept, also from a hub that was started anew since. An answer is on disk before its last part is given out.
 */
export class KeptAnswers {
  readonly #options: KeptAnswersOptions
  readonly #running = new Map<string, Running>()

  constructor(options: KeptAnswersOptions) {
    this.#options = options
  }

  /** The answer from its beginning. Throws `idempotency-mismatch` when the key stands for another request, and what the work fails with; that is not kept. */
  async *open(wanted: WantedAnswer): AsyncGenerator<StreamPart> {
    const name = JSON.stringify([wanted.caller, wanted.key])
    const running = this.#running.get(name) ?? this.#start(name, wanted)
    if (running.digest !== wanted.digest) throw mismatch()
    const log = await running.log
    if (!(log instanceof PartLog)) {
      yield* log
      return
    }
    for (let index = 0; ; index += 1) {
      const part = await log.at(index)
      if (part === undefined) return
      yield part
    }
  }

  /** The caller has it: it need not be kept any more. True when it was. */
  acknowledge(caller: string, key: string): Promise<boolean> {
    return this.#options.book.remove(caller, key)
  }

  #start(name: string, wanted: WantedAnswer): Running {
    const running: Running = { digest: wanted.digest, log: this.#keptOrBegun(name, wanted) }
    this.#running.set(name, running)
    running.log.catch(() => this.#running.delete(name))
    return running
  }

  async #keptOrBegun(name: string, wanted: WantedAnswer): Promise<PartLog | readonly StreamPart[]> {
    const { book, clock } = this.#options
    const kept = await book.find(wanted.caller, wanted.key, clock.now())
    if (kept !== undefined) {
      this.#running.delete(name)
      if (kept.digest !== wanted.digest) throw mismatch()
      return kept.parts
    }
    const log = new PartLog(this.#saved(wanted), () => this.#running.delete(name))
    void readToTheEnd(log)
    return log
  }

  /** The same parts; the last one when all are on disk. */
  async *#saved({ caller, key, digest, begin }: WantedAnswer): AsyncGenerator<StreamPart> {
    const { book, clock, keepMs, keepBytes } = this.#options
    const parts: StreamPart[] = []
    for await (const part of begin()) {
      parts.push(part)
      if (part.type === 'finish') {
        const now = clock.now()
        await book.save({ caller, key, digest, parts, expiresAt: now + keepMs }, { now, mostBytes: keepBytes })
      }
      yield part
    }
  }
}

async function readToTheEnd(log: PartLog): Promise<void> {
  while (!log.isOver) await log.advance()
}

function mismatch(): EdgewiseError {
  const message = 'This Idempotency-Key stands for another request. Use a new key.'
  return new EdgewiseError('idempotency-mismatch', message, { param: 'idempotency-key' })
}
