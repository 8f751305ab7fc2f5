import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { SpendingBook, Spent } from '../../store/store.ts'
import { within } from '../within.ts'
import { dayOf, endOfPeriod } from './period.ts'

export interface SpendingOptions {
  readonly book: SpendingBook
  readonly clock: Clock
  /** Names this run of the hub, so that the next one finds what it left open. */
  readonly run: string
  readonly currency: string
  readonly onError: (error: EdgewiseError) => void
}

export type SpentTokens = Omit<Spent, 'caller' | 'day'>

export interface MoneyLimits {
  readonly microsPerDay: number | undefined
  readonly microsPerMonth: number | undefined
}

/** What is free is written together, at most this late. */
const flushMs = 1_000
const closeMs = 1_000

/** Money and tokens of the callers. What is to be paid is on disk before it is spent; what is free is counted and written now and then. */
export class Spending implements AsyncDisposable {
  /** What the last run had set aside and did not settle, now booked in full. */
  readonly reconciled: Awaited<ReturnType<SpendingBook['reconcile']>>
  readonly #options: SpendingOptions
  readonly #free = new Map<string, Spent>()
  readonly #open = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  #isTimed = false

  private constructor(options: SpendingOptions, reconciled: Spending['reconciled']) {
    this.#options = options
    this.reconciled = reconciled
  }

  /** Books first what a run that crashed had set aside. Throws `store-failed`. */
  static async open(options: SpendingOptions): Promise<Spending> {
    return new Spending(options, await options.book.reconcile(options.run))
  }

  get currency(): string {
    return this.#options.currency
  }

  /** An answer begins that will be booked; call what this gives when it is. The book stays open until then. */
  begin(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#open.add(promise)
    return () => {
      this.#open.delete(promise)
      resolve()
    }
  }

  /** Sets money aside for an answer and gives its number. Throws `budget-exceeded` or `store-failed`. */
  async reserve(caller: string, micros: number, { microsPerDay, microsPerMonth }: MoneyLimits): Promise<number> {
    const { book, run, clock } = this.#options
    const reserved = await book.reserve({
      run,
      caller,
      day: dayOf(clock.now()),
      micros,
      ...(microsPerDay === undefined ? {} : { mostPerDay: microsPerDay }),
      ...(microsPerMonth === undefined ? {} : { mostPerMonth: microsPerMonth }),
    })
    if ('id' in reserved) return reserved.id
    const { exceeded, committed } = reserved
    throw this.#exceeded(exceeded, committed, micros, exceeded === 'day' ? microsPerDay : microsPerMonth)
  }

  /** Puts what was spent in the place of what was set aside. When the store fails, the next start books all that was set aside. */
  async settle(id: number, spent: SpentTokens): Promise<void> {
    const { book, onError } = this.#options
    await book.settle(id, spent).catch((thrown) => onError(asEdgewiseError(thrown)))
  }

  /** Counts what costs nothing. */
  addFree(caller: string, { requests, promptTokens, completionTokens }: SpentTokens): void {
    const day = dayOf(this.#options.clock.now())
    const key = `${caller} ${day}`
    const before = this.#free.get(key)
    this.#free.set(key, {
      caller,
      day,
      micros: 0,
      requests: (before?.requests ?? 0) + requests,
      promptTokens: (before?.promptTokens ?? 0) + promptTokens,
      completionTokens: (before?.completionTokens ?? 0) + completionTokens,
    })
    void this.#flushSoon()
  }

  async #flushSoon(): Promise<void> {
    if (this.#isTimed) return
    this.#isTimed = true
    const { clock } = this.#options
    const delay = clock.backgroundDelay ?? clock.delay
    await delay(flushMs, this.#closing.signal).catch(() => {})
    this.#isTimed = false
    if (!this.#closing.signal.aborted) await this.#flush()
  }

  async #flush(): Promise<void> {
    const { book, onError } = this.#options
    const entries = [...this.#free.values()]
    this.#free.clear()
    const over = this.begin()
    await book.add(entries).catch((thrown) => onError(asEdgewiseError(thrown)))
    over()
  }

  /** Waits a moment for answers that are being ended, then writes what waits to be written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await within(closeMs, Promise.all(this.#open), this.#options.clock)
    await this.#flush()
  }

  #exceeded(period: 'day' | 'month', committed: number, micros: number, most = 0): EdgewiseError {
    const { clock, currency } = this.#options
    const money = (amount: number) => `${(amount / 1_000_000).toFixed(4)} ${currency}`
    const retryAfterSeconds = Math.max(1, Math.ceil((endOfPeriod(clock.now(), period) - clock.now()) / 1000))
    const message =
      `This answer may cost ${money(micros)}; of the ${money(most)} that this edge may spend in a ${period}, ` +
      `${money(committed)} are spent or set aside. Lower max_tokens, wait for the next ${period} (UTC), or raise hub.limits.`
    return new EdgewiseError('budget-exceeded', message, { retryAfterSeconds })
  }
}
