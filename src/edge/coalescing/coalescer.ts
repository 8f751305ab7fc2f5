import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { AnswerReader } from './answer-reader.ts'
import type { Attempt, JoinKeys, MakeJoinKeys } from './join-keys.ts'
import { SharedAnswer, type SharedAnswerOptions } from './shared-answer.ts'

/** How long a whole answer can still be joined. */
export const keptMs = 60_000

export interface CoalescerOptions {
  readonly clock: Clock
  /** Memory for whole answers; the oldest go first, and one over a quarter of it is not kept at all. */
  readonly keptBytes?: number
  readonly keptAnswers?: number
}

export interface EnterOptions {
  readonly keys: JoinKeys
  readonly attempt: Attempt
  /** Aborts when the client goes away or waits no longer. */
  readonly signal: AbortSignal
  /** How the answer is made, when there is none to join. */
  readonly make: () => Omit<SharedAnswerOptions, 'clock' | 'isNamed' | 'onOver'>
}

export interface Entered {
  readonly reader: AnswerReader
  /** How many have joined this answer so far, this one included; 0 for the one who brought the request. */
  readonly joins: number
  /** True when the answer was whole before it was joined. */
  readonly wasWhole: boolean
}

/** What a server needs to bring attempts together. */
export interface Coalescing {
  readonly coalescer: Coalescer
  readonly keysOf: MakeJoinKeys
  /** Told of each join. */
  readonly onJoin: (join: Join) => void
}

export interface Join extends Omit<Entered, 'reader'> {
  /** Id of the request whose answer it is. */
  readonly requestId: string
}

interface Entry {
  readonly keys: JoinKeys
  readonly shared: SharedAnswer
}

/** Brings the attempts at one request together: a repeated one joins the answer that runs, or one that was finished within the last minute. */
export class Coalescer implements Disposable {
  readonly #options: Required<CoalescerOptions>
  readonly #entries = new Map<string, Set<Entry>>()
  /** Whole answers with the moment at which each is forgotten, the oldest first. */
  readonly #kept = new Map<Entry, number>()
  #bytes = 0
  #isClosed = false
  #cancelSweep: (() => void) | undefined

  constructor({ clock, keptBytes = 33_554_432, keptAnswers = 1000 }: CoalescerOptions) {
    this.#options = { clock, keptBytes, keptAnswers }
  }

  /** Memory that whole answers take now. */
  get keptBytes(): number {
    return this.#bytes
  }

  /** Joins an answer or begins one. Throws `idempotency-mismatch` when the caller's key stands for another request. */
  enter({ keys, attempt, signal, make }: EnterOptions): Entered {
    const found = this.#find(keys, attempt)
    if (found === undefined) return { reader: this.#begin(keys, attempt, make).read(signal), joins: 0, wasWhole: false }
    return { ...found.join(signal), wasWhole: found.isOver }
  }

  /** Forgets what is kept; an answer that becomes whole later is not kept. */
  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#cancelSweep?.()
    for (const entry of this.#kept.keys()) this.#forget(entry)
  }

  #find({ key, body }: JoinKeys, { idempotencyKey, retries }: Attempt): SharedAnswer | undefined {
    if (idempotencyKey === undefined && retries === 0) return undefined
    const entries = [...(this.#entries.get(key) ?? [])]
    if (entries.some(({ keys }) => keys.body !== body)) {
      const message = 'This Idempotency-Key was used for another request within the last minute. Use a new key.'
      throw new EdgewiseError('idempotency-mismatch', message, { param: 'idempotency-key' })
    }
    return entries.map(({ shared }) => shared).toSorted((a, b) => a.claims - b.claims)[0]
  }

  #begin(keys: JoinKeys, { idempotencyKey }: Attempt, make: EnterOptions['make']): SharedAnswer {
    const shared = new SharedAnswer({
      ...make(),
      clock: this.#options.clock,
      isNamed: idempotencyKey !== undefined,
      onOver: (error) => (error === undefined ? this.#keep(entry) : this.#forget(entry)),
    })
    const entry: Entry = { keys, shared }
    const entries = this.#entries.get(keys.key) ?? new Set()
    this.#entries.set(keys.key, entries.add(entry))
    return shared
  }

  #keep(entry: Entry): void {
    const { clock, keptBytes, keptAnswers } = this.#options
    const { bytes } = entry.shared
    if (this.#isClosed || bytes > keptBytes / 4) {
      this.#forget(entry)
      return
    }
    this.#kept.set(entry, clock.monotonic() + keptMs)
    this.#bytes += bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= keptBytes && this.#kept.size <= keptAnswers) break
      this.#forget(oldest)
    }
    this.#cancelSweep ??= clock.after(keptMs, this.#sweep)
  }

  /** One timer for all: it is set again for whatever is still kept. */
  readonly #sweep = () => {
    const { clock } = this.#options
    this.#cancelSweep = undefined
    for (const [entry, until] of this.#kept) {
      const leftMs = until - clock.monotonic()
      if (leftMs > 0) {
        this.#cancelSweep = clock.after(leftMs, this.#sweep)
        return
      }
      this.#forget(entry)
    }
  }

  #forget(entry: Entry): void {
    if (this.#kept.delete(entry)) this.#bytes -= entry.shared.bytes
    const entries = this.#entries.get(entry.keys.key)
    entries?.delete(entry)
    if (entries?.size === 0) this.#entries.delete(entry.keys.key)
  }
}
