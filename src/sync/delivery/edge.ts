import type { LinkMonitor } from '../../link/link-monitor.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock, OpenConnection, Random } from '../../spec/ports.ts'
import { fullJitter } from '../../store/outbox/backoff.ts'
import type { Outbox, OutboxKind } from '../../store/outbox/outbox.ts'
import { mostBatchBytes, mostEntries } from './protocol.ts'
import { sendBatch } from './send-batch.ts'

export interface DeliverOutboxOptions {
  readonly outbox: Pick<Outbox, 'delivery' | 'onEnqueue'>
  /** Address of the hub. */
  readonly url: URL
  readonly open: OpenConnection
  readonly link: Pick<LinkMonitor, 'profile' | 'onChange'>
  readonly clock: Clock
  readonly random: Random
  /** Those whose bodies hold no content of requests; the others have their own workers. */
  readonly kinds?: readonly OutboxKind[]
  /** Told of what the owner should know: a fork, a gap, a hub that refuses for good. Not of a link that is down. */
  readonly onTrouble: (error: EdgewiseError) => void
  /** Ends the loop; a batch on its way is sent again by the next one. */
  readonly signal: AbortSignal
}

const deliveredKinds: readonly OutboxKind[] = ['ledger-checkpoint', 'feedback', 'telemetry']
/** What was just taken in waits so long for company. */
const gatherMs = 500
const baseMs = 500
const mostMs = 300_000
/**
 * A link that fails is tried again after up to a twentieth of the time since it last carried something, within these limits: of one that comes and goes, an edge must
 * not sleep through the moments that it is there.
 */
const leastPatienceMs = 1000
const mostPatienceMs = 60_000
/** An edge with nothing to say shows this often where it stands, so that a twin of it is noticed. */
const showEveryMs = 300_000
/** Edges that lost their link together do not come back together. */
const spreadMs = 5_000

/** What to do after a try: go on, wait for news, or wait so long; `atMost`: unless the link comes back before. */
type Next = 'go-on' | 'wait' | { readonly waitMs: number; readonly atMost?: true }

/** Hands over what is queued, batch by batch in order, as long as the link is up and until the signal aborts. Never throws. */
export async function deliverOutbox(options: DeliverOutboxOptions): Promise<void> {
  const loop = new DeliveryLoop(options)
  await loop.run().catch((thrown) => {
    if (!options.signal.aborted) options.onTrouble(asEdgewiseError(thrown))
  })
}

class DeliveryLoop {
  readonly #options: DeliverOutboxOptions
  readonly #kinds: readonly OutboxKind[]
  #failures = 0
  #shownAt = Number.NEGATIVE_INFINITY
  #workedAt = 0
  #told = ''
  #hasNews = false
  #onNews = () => {}

  constructor(options: DeliverOutboxOptions) {
    this.#options = options
    this.#kinds = options.kinds ?? deliveredKinds
  }

  async run(): Promise<void> {
    const { signal, outbox } = this.#options
    using _listening = {
      [Symbol.dispose]: outbox.onEnqueue(() => {
        this.#hasNews = true
        this.#onNews()
      }),
    }
    while (!signal.aborted) {
      if (!(await this.#untilUp())) await this.#spread()
      const next = await this.#step().catch((thrown) => this.#failed(asEdgewiseError(thrown)))
      if (next === 'wait') await this.#untilNews()
      else if (next !== 'go-on') await (next.atMost ? this.#pauseUnlessUp(next.waitMs) : this.#pause(next.waitMs))
    }
  }

  async #step(): Promise<Next> {
    const { outbox, clock, signal, url, open } = this.#options
    const { delivery } = outbox
    this.#hasNews = false
    if ((await delivery.epoch()).halted !== undefined) return { waitMs: showEveryMs }
    const batch = await delivery.seal({ kinds: this.#kinds, limit: mostEntries, bytes: mostBatchBytes })
    const isShown = clock.monotonic() - this.#shownAt < showEveryMs
    if (signal.aborted || (batch.entries.length === 0 && isShown)) return 'wait'
    const received = await sendBatch({ url, open, batch, signal })
    await delivery.acknowledge({ epoch: batch.epoch, sequence: received.durableUpTo, head: received.head })
    this.#shownAt = clock.monotonic()
    this.#workedAt = this.#shownAt
    this.#failures = 0
    this.#told = ''
    return batch.entries.length > 0 ? 'go-on' : 'wait'
  }

  async #failed(error: EdgewiseError): Promise<Next> {
    const { outbox, random, signal } = this.#options
    if (signal.aborted) return 'wait'
    if (error.code === 'delivery-gap') return this.#beginAnew(error)
    if (error.code === 'delivery-forked') {
      await outbox.delivery.halt(error.message)
      this.#tell(error)
      return 'go-on'
    }
    this.#failures += 1
    if (error.code !== 'link-down' && !isBusy(error)) this.#tell(error)
    if (error.code === 'link-down' || error.code === 'stream-cut')
      return { waitMs: random() * this.#patienceMs(), atMost: true }
    const jitterMs = fullJitter({ failures: this.#failures, baseMs, mostMs, random })
    return { waitMs: (error.retryAfterSeconds ?? 0) * 1000 + jitterMs }
  }

  /**
   * The hub lacks what a hub had for good before: it was restored from a backup, or is another one. There is nothing that could be merged wrongly, so counting
   * begins anew; what is lost there was this edge's to give only once.
   */
  async #beginAnew(error: EdgewiseError): Promise<Next> {
    const { delivered } = await this.#options.outbox.delivery.epoch()
    const epoch = await this.#options.outbox.delivery.beginEpoch()
    const message = `${error.message} ${delivered} entries were handed over before and are not kept here. Epoch ${epoch} begins with what is still queued.`
    this.#options.onTrouble(new EdgewiseError('delivery-gap', message, { cause: error }))
    this.#shownAt = Number.NEGATIVE_INFINITY
    this.#failures += 1
    return this.#failures === 1 ? 'go-on' : { waitMs: mostMs }
  }

  /** The same trouble is told once, not at every try. */
  #tell(error: EdgewiseError): void {
    if (this.#told === error.code) return
    this.#told = error.code
    this.#options.onTrouble(error)
  }

  #patienceMs(): number {
    const sinceMs = this.#options.clock.monotonic() - this.#workedAt
    return Math.min(mostPatienceMs, Math.max(leastPatienceMs, sinceMs / 20))
  }

  /** True when the link was up already, or has been down for so long that a try is as good as a probe. */
  async #untilUp(): Promise<boolean> {
    const { link, random } = this.#options
    if (link.profile().state !== 'down') return true
    return !(await this.#pauseOrUp(this.#patienceMs() * (0.5 + random())))
  }

  /** After a try that the link has failed: waits, but not on when the link is back. */
  async #pauseUnlessUp(ms: number): Promise<void> {
    if (await this.#pauseOrUp(ms)) await this.#spread()
  }

  async #spread(): Promise<void> {
    await this.#pause(this.#options.random() * Math.min(spreadMs, this.#patienceMs()))
  }

  /** True when the link came back before the time was over. */
  async #pauseOrUp(ms: number): Promise<boolean> {
    const over = new AbortController()
    const ends = AbortSignal.any([this.#options.signal, over.signal])
    const isUp = this.#isUpAgain(ends).then(() => over.abort())
    await this.#pause(ms, ends)
    const cameUp = over.signal.aborted
    over.abort()
    await isUp
    return cameUp
  }

  /** Resolves when the state of the link changes to one that is not down, or the signal aborts. */
  async #isUpAgain(signal: AbortSignal): Promise<void> {
    const { link } = this.#options
    await new Promise<void>((resolve) => {
      const over = () => {
        stop()
        signal.removeEventListener('abort', over)
        resolve()
      }
      const stop = link.onChange(({ state }) => {
        if (state !== 'down') over()
      })
      signal.addEventListener('abort', over, { once: true })
      if (signal.aborted) over()
    })
  }

  /** Until something is taken in, with a moment for what comes along; or until it is time to show where this edge stands. */
  async #untilNews(): Promise<void> {
    const news = new AbortController()
    this.#onNews = () => news.abort()
    if (!this.#hasNews) await this.#pause(showEveryMs, AbortSignal.any([this.#options.signal, news.signal]))
    this.#onNews = () => {}
    if (this.#hasNews) await this.#pause(gatherMs)
  }

  async #pause(ms: number, signal: AbortSignal = this.#options.signal): Promise<void> {
    const { clock } = this.#options
    await (clock.backgroundDelay ?? clock.delay)(ms, signal).catch(() => undefined)
  }
}

/** The hub works and says when to come again. */
function isBusy({ code }: EdgewiseError): boolean {
  return code === 'rate-limited' || code === 'overloaded'
}
