import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Plan } from '../../spec/plan.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { RequestSignal } from '../request-signal.ts'
import type { ParsedCall } from '../server/dialect.ts'
import { AnswerReader } from './answer-reader.ts'
import { bytesOfParts } from './bytes-of-parts.ts'
import { PartLog } from './part-log.ts'

/** A request that was understood, and its answer, which may yet be refused. */
export interface Begun {
  readonly call: ParsedCall
  readonly exchange: Exchange
  readonly answer: Promise<Answer>
}

/** An answer on its way. */
export interface OpenAnswer extends Omit<Begun, 'answer'> {
  readonly plan: Plan
  readonly log: PartLog
}

/** An answer in one JSON text, and what its headers say. */
export interface WholeAnswer {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

export interface SharedAnswerOptions {
  /** Understands the request and has it answered, once. */
  readonly begin: (signal: AbortSignal) => Promise<Begun>
  /** Writes an answer that is no stream. */
  readonly compose: (answer: OpenAnswer) => Promise<WholeAnswer>
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
  readonly opened: Promise<OpenAnswer>
  readonly #options: SharedAnswerOptions
  readonly #readers = new Set<AnswerReader>()
  readonly #whole: Promise<WholeAnswer | undefined>
  #begun: Begun | undefined
  #log: PartLog | undefined
  #isOver = false
  #bytes = 0
  #served = 0
  #joins = 0
  #cancelGrace = () => {}

  constructor(options: SharedAnswerOptions) {
    this.#options = options
    this.opened = this.#open()
    this.#whole = this.#make()
    // Its readers are told; when there are none, the failure stands in the decision.
    for (const promise of [this.opened, this.#whole]) promise.catch(() => {})
  }

  /** The request, once it was understood. */
  get begun(): Begun | undefined {
    return this.#begun
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
    return this.#isOver
  }

  /** The reader who brought the request. */
  read(signal: AbortSignal): AnswerReader {
    this.#cancelGrace()
    const reader = new AnswerReader(this, signal)
    this.#readers.add(reader)
    return reader
  }

  /** A reader whose client tries again. Gives the number of them too. */
  join(signal: AbortSignal): { readonly reader: AnswerReader; readonly joins: number } {
    this.#joins += 1
    return { reader: this.read(signal), joins: this.#joins }
  }

  /** For readers of an answer that is no stream. Throws the failure of the work. */
  async whole(): Promise<WholeAnswer> {
    const whole = await this.#whole
    if (whole === undefined) throw new EdgewiseError('internal', 'a stream was asked for as a whole')
    return whole
  }

  /** For readers: this one got everything, or goes for a reason. */
  leave(reader: AnswerReader, reason?: EdgewiseError): void {
    if (!this.#readers.delete(reader)) return
    if (reason === undefined) this.#served += 1
    else if (!this.#isOver && this.#readers.size === 0) this.#abandon(reader, reason)
  }

  #abandon({ hasBegun }: AnswerReader, reason: EdgewiseError): void {
    const mayReturn = reason.code === 'aborted' && (this.#options.isNamed || !hasBegun)
    if (mayReturn) {
      this.#cancelGrace = this.#options.clock.after(graceMs, () => this.#stop(reason))
      void this.#goOnAlone()
    } else this.#stop(reason)
  }

  #stop(reason: EdgewiseError): void {
    this.#options.ends.end(reason)
    this.#log?.stop(reason)
    this.#finish(reason)
  }

  async #open(): Promise<OpenAnswer> {
    const { begin, ends } = this.#options
    this.#begun = await begin(ends.signal)
    const { call, exchange, answer } = this.#begun
    const { plan, parts } = await answer
    const log = new PartLog(parts, (error) => {
      if (call.stream || error !== undefined) this.#finish(error)
    })
    this.#log = log
    if (ends.signal.aborted) log.stop(asEdgewiseError(ends.signal.reason))
    return { call, exchange, plan, log }
  }

  async #make(): Promise<WholeAnswer | undefined> {
    try {
      const open = await this.opened
      if (open.call.stream) {
        await this.#goOnAlone()
        return undefined
      }
      while (!open.log.isOver) await open.log.advance()
      await open.log.at(open.log.parts.length)
      const whole = await this.#options.compose(open)
      this.#finish(undefined, whole)
      return whole
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      this.#finish(error)
      throw error
    }
  }

  /** Reads on while nobody else does: an engine may wait to be asked. */
  async #goOnAlone(): Promise<void> {
    const log = this.#log
    while (log !== undefined && this.#readers.size === 0 && !log.isOver) await log.advance()
  }

  #finish(error: EdgewiseError | undefined, whole?: WholeAnswer): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelGrace()
    const { ends, bodyLength, onOver } = this.#options
    ends.release()
    const parts = this.#log?.parts ?? []
    this.#bytes = 2 * (bodyLength + (whole?.text.length ?? 0)) + bytesOfParts(parts)
    onOver(error)
  }
}
