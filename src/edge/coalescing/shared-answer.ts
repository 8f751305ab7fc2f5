import { PartLog } from '../../engines/part-log.ts'
import type { AnswerEncoder } from '../../openai/http/answer-stream.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Plan } from '../../spec/plan.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Answer } from '../exchange.ts'
import type { RequestSignal } from '../request-signal.ts'
import type { Trace } from '../trace.ts'
import { AnswerReader } from './answer-reader.ts'
import { bytesOfParts } from './bytes-of-parts.ts'

type Headers = Readonly<Record<string, string>>

/** A request that was understood, and its answer, which may yet be refused. */
export interface Begun {
  readonly requestId: string
  readonly trace: Pick<Trace, 'joined'>
  /** What is known before there is an answer. */
  readonly headers: Headers
  readonly isStream: boolean
  readonly answer: Promise<Answer>
  /** Writes the whole answer. */
  whole(parts: readonly StreamPart[], plan: Plan): Promise<WholeAnswer>
  /** How the answer is written as it comes. */
  stream(plan: Plan): StreamForm
}

/** An answer in one JSON text. */
export interface WholeAnswer {
  readonly text: string
  readonly headers: Headers
}

/** What every reader of a stream needs beside its parts. */
export interface StreamForm {
  readonly headers: Headers
  /** False when its first words may be held back. */
  readonly isExact: boolean
  encoder(): AnswerEncoder
}

export interface SharedAnswerOptions {
  /** Understands the request and has it answered, once. */
  readonly begin: (signal: AbortSignal) => Promise<Begun>
  /** What ends the work early, whoever waits for it. */
  readonly ends: RequestSignal
  /** True when the caller named the request itself, and so may come back even for an answer that it saw begin. */
  readonly isNamed: boolean
  /** Characters of the request's body. */
  readonly bodyLength: number
  readonly clock: Clock
  /** Called once: with the failure, or when the answer is whole. */
  readonly onOver: (error: EdgewiseError | undefined) => void
}

/** How long work goes on that nobody waits for any more: clients try again 0.4 to 2 s after they gave up. */
export const graceMs = 2000

/**
 * One answer for any number of readers, each of whom gets it from its beginning. A stream is made as fast as its fastest reader reads. When the last
 * reader goes, the work stops: after `graceMs` when that reader is likely to try again, else at once.
 */
export class SharedAnswer {
  /** Resolves once the request was understood and let in; with nothing for an answer that is no stream. */
  readonly opened: Promise<StreamForm | undefined>
  readonly #whole: Promise<WholeAnswer | undefined>
  readonly #readers = new Set<AnswerReader>()
  /** Let go of when it is over: what is kept holds no more of its request than it must. */
  #options: SharedAnswerOptions | undefined
  #begun: Begun | undefined
  #requestId = ''
  #log: PartLog | undefined
  #bytes = 0
  #served = 0
  #joins = 0
  #cancelGrace = () => {}

  constructor(options: SharedAnswerOptions) {
    this.#options = options
    const opening = this.#open(options)
    this.opened = opening.then(({ form }) => form)
    this.#whole = opening.then((open) => this.#make(open))
    // Its readers are told; when there are none, the failure stands in the decision.
    this.opened.catch(() => {})
    this.#whole.catch((thrown: unknown) => this.#finish(asEdgewiseError(thrown)))
  }

  /** The request, from when it was understood until its answer is over. */
  get begun(): Begun | undefined {
    return this.#begun
  }

  /** Known once `opened` has resolved. */
  get requestId(): string {
    return this.#requestId
  }

  /** Readers at work and those who got everything: of several answers to one body, a retry takes the one that is claimed least. */
  get claims(): number {
    return this.#readers.size + this.#served
  }

  /** Memory that it takes to keep it, once it is whole. */
  get bytes(): number {
    return this.#bytes
  }

  get isOver(): boolean {
    return this.#options === undefined
  }

  /** The reader who brought the request. It leaves when its signal aborts. */
  read(signal: AbortSignal): AnswerReader {
    this.#cancelGrace()
    const reader = new AnswerReader(this, signal)
    this.#readers.add(reader)
    return reader
  }

  /** A reader whose client tries again. Gives the number of them too. */
  join(signal: AbortSignal): { readonly reader: AnswerReader; readonly joins: number } {
    this.#joins += 1
    this.opened.then(
      () => this.#begun?.trace.joined(),
      () => {},
    )
    return { reader: this.read(signal), joins: this.#joins }
  }

  /** For readers of an answer that is no stream. Throws the failure of the work. */
  async whole(): Promise<WholeAnswer> {
    const whole = await this.#whole
    if (whole === undefined) throw new EdgewiseError('internal', 'a stream was asked for as a whole')
    return whole
  }

  /** For readers of a stream: its part at this place, undefined behind the last one. Throws the failure of the work. */
  partAt(index: number): Promise<StreamPart | undefined> {
    return this.#log?.at(index) ?? this.opened.then(() => this.#log?.at(index))
  }

  /** For readers: this one got everything, or goes for a reason. */
  leave(reader: AnswerReader, reason?: EdgewiseError): void {
    if (!this.#readers.delete(reader)) return
    if (reason === undefined) this.#served += 1
    else if (this.#options !== undefined && this.#readers.size === 0) this.#abandon(this.#options, reader, reason)
  }

  #abandon({ isNamed, clock }: SharedAnswerOptions, { hasBegun }: AnswerReader, reason: EdgewiseError): void {
    const mayReturn = reason.code === 'aborted' && (isNamed || !hasBegun)
    if (mayReturn) {
      this.#cancelGrace = clock.after(graceMs, () => this.#stop(reason))
      void this.#goOnAlone()
    } else this.#stop(reason)
  }

  #stop(reason: EdgewiseError): void {
    this.#options?.ends.end(reason)
    this.#log?.stop(reason)
    this.#finish(reason)
  }

  async #open({ begin, ends }: SharedAnswerOptions): Promise<Open> {
    const begun = await begin(ends.signal)
    this.#begun = begun
    this.#requestId = begun.requestId
    const { plan, parts } = await begun.answer
    const log = new PartLog(parts, (error) => {
      if (begun.isStream || error !== undefined) this.#finish(error)
    })
    this.#log = log
    if (ends.signal.aborted) log.stop(asEdgewiseError(ends.signal.reason))
    return { begun, plan, log, form: begun.isStream ? begun.stream(plan) : undefined }
  }

  async #make({ begun, plan, log, form }: Open): Promise<WholeAnswer | undefined> {
    if (form !== undefined) {
      await this.#goOnAlone()
      return undefined
    }
    const whole = await begun.whole(await log.all(), plan)
    this.#log = undefined
    this.#finish(undefined, whole)
    return whole
  }

  /** Reads on while nobody else does: an engine may wait to be asked. */
  async #goOnAlone(): Promise<void> {
    const log = this.#log
    while (log !== undefined && this.#readers.size === 0 && !log.isOver) await log.advance()
  }

  #finish(error: EdgewiseError | undefined, whole?: WholeAnswer): void {
    const options = this.#options
    if (options === undefined) return
    this.#options = undefined
    this.#begun = error === undefined ? undefined : this.#begun
    this.#cancelGrace()
    options.ends.release()
    // Some dialects write a stream with what its request said.
    this.#bytes =
      whole === undefined ? 2 * options.bodyLength + bytesOfParts(this.#log?.parts ?? []) : 2 * whole.text.length
    options.onOver(error)
  }
}

interface Open {
  readonly begun: Begun
  readonly plan: Plan
  readonly log: PartLog
  readonly form: StreamForm | undefined
}
