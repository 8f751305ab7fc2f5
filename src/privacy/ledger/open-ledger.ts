import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import { type EntryMaker, endEntry, sendEntry, times, unsentEntry } from './entry.ts'
import type { EndNotice, Ledger, LedgerStats, SendNotice, UnsentNotice } from './ledger.ts'
import { ledgerBytes, lockLedger, syncFolder } from './ledger-folder.ts'
import { openLedgerKey } from './ledger-key.ts'
import { LedgerWriter } from './ledger-writer.ts'

export interface OpenLedgerOptions {
  /** Where its files lie; made when absent. */
  readonly folder: string
  /** File of the key that signs it; made when absent. */
  readonly keyPath: string
  readonly clock: Clock
  /** Told once for each trouble that the owner should see to, in words for a person. */
  readonly onTrouble: (message: string) => void
  /** Told of each checkpoint once it is signed and kept, the one at the end included. Must not throw. */
  readonly onCheckpoint?: OnCheckpoint
  /** `onTrouble` is told when it has grown beyond this. Nothing is ever deleted. */
  readonly mostBytes?: number
  readonly rotateBytes?: number
  readonly checkpointEntries?: number
  readonly checkpointMs?: number
}

/** Takes a signed note; `isIdle` when nothing but control data was sent since the one before. */
export type OnCheckpoint = (note: string, about: { readonly isIdle: boolean }) => void

/** An entry on its way to the disk. */
interface Waiting {
  readonly make: EntryMaker
  /** Absent for entries that nobody waits for. */
  readonly settle?: PromiseWithResolvers<number>
  readonly isControl?: boolean
}

/** Entries that nobody waits for are written after so long at the latest. */
const flushMs = 500
/** After a failure the next attempt is made so long after. */
const retryMs = 1_000
/** So many entries that nobody waits for are kept for the time after a failure. */
const mostKept = 10_000

/**
 * Opens the ledger in a folder. A ledger that cannot be written is no reason not to start: then every send is refused with `ledger-failed` until it can be.
 */
export async function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  const ledger = new FileLedger(options)
  await ledger.start()
  return ledger
}

class FileLedger implements Ledger {
  readonly #options: OpenLedgerOptions
  readonly #opened = new AsyncDisposableStack()
  #isLocked = false
  #writer: LedgerWriter | undefined
  /** What the last writer knew to be on disk. */
  #durable: LedgerWriter['durable']
  #waiting: Waiting[] = []
  #isDraining = false
  #drained: Promise<void> = Promise.resolve()
  #failure: EdgewiseError | undefined
  #retryAtMs = 0
  #entries = 0
  #bytes = 0
  #isOverfull = false
  /** Nothing but control data was sent since the last checkpoint. */
  #isIdle = true
  #wantsCheckpoint = false
  /** Somebody waits for an entry, or those that nobody waits for are due. */
  #isUrgent = false
  #closing = false
  #cancelFlush: (() => void) | undefined
  #cancelCheckpoint: (() => void) | undefined

  constructor(options: OpenLedgerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    this.#go()
    await this.#drained
  }

  send(notice: SendNotice): Promise<number> {
    const because = this.#closing ? closed() : this.#isResting() ? this.#failure : undefined
    if (because !== undefined) return Promise.reject(because)
    const settle = Promise.withResolvers<number>()
    this.#waiting.push({ make: sendEntry(notice), settle, isControl: notice.dataClass === 'control' })
    this.#isUrgent = true
    this.#go()
    return settle.promise
  }

  end(notice: EndNotice): void {
    this.#later(endEntry(notice))
  }

  unsent(notice: UnsentNotice): void {
    this.#later(unsentEntry(notice))
  }

  stats(): LedgerStats {
    const { message } = this.#failure ?? {}
    return { entries: this.#entries, bytes: this.#bytes, ...(message === undefined ? {} : { failure: message }) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    this.#cancelFlush?.()
    this.#cancelCheckpoint?.()
    this.#wantsCheckpoint = true
    this.#isUrgent = true
    this.#waiting.push({ make: (seq) => ({ kind: 'close', seq, ...this.#now() }) })
    await this.#drained
    if (this.#writer !== undefined) {
      this.#go()
      await this.#drained
    }
    await this.#writer?.close()
    await this.#opened.disposeAsync()
  }

  #later(make: EntryMaker): void {
    if (this.#closing || this.#waiting.length >= mostKept) return
    this.#waiting.push({ make })
    this.#goLater()
  }

  #goLater(): void {
    if (this.#isDraining || this.#closing || this.#failure !== undefined || this.#waiting.length === 0) return
    this.#cancelFlush ??= this.#options.clock.after(flushMs, () => {
      this.#cancelFlush = undefined
      this.#isUrgent = true
      this.#go()
    })
  }

  #go(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    if (this.#isDraining) return
    this.#isDraining = true
    this.#drained = this.#drain()
  }

  /** Writes what waits, batch by batch: whatever comes while one is written goes into the next. Never rejects. */
  async #drain(): Promise<void> {
    try {
      this.#writer ??= await this.#open()
      while (this.#isUrgent || this.#wantsCheckpoint) await this.#write(this.#writer)
    } catch (thrown) {
      await this.#fail(thrown)
    }
    this.#isDraining = false
    this.#goLater()
  }

  async #write(writer: LedgerWriter): Promise<void> {
    const batch = this.#waiting
    const sign = this.#wantsCheckpoint && (writer.isUnsigned || batch.length > 0)
    this.#waiting = []
    this.#wantsCheckpoint = false
    this.#isUrgent = false
    if (batch.length === 0 && !sign) return
    try {
      const { first, bytes } = await writer.append(
        batch.map(({ make }) => make),
        { sign },
      )
      for (const [index, { settle }] of batch.entries()) settle?.resolve(first + index)
      if (batch.some(({ isControl = true }) => !isControl)) this.#isIdle = false
      this.#grown(writer, bytes)
    } catch (thrown) {
      this.#waiting = [...batch, ...this.#waiting]
      throw thrown
    }
    const note = await writer.publish()
    if (note === undefined) return
    this.#options.onCheckpoint?.(note, { isIdle: this.#isIdle })
    this.#isIdle = true
  }

  #grown(writer: LedgerWriter, bytes: number): void {
    const { clock, mostBytes = Number.POSITIVE_INFINITY, checkpointMs = 60_000, folder, onTrouble } = this.#options
    this.#entries = writer.entries
    this.#bytes += bytes
    if (writer.isUnsigned && !this.#closing) {
      this.#cancelCheckpoint ??= clock.after(checkpointMs, () => {
        this.#cancelCheckpoint = undefined
        this.#wantsCheckpoint = true
        this.#go()
      })
    }
    if (this.#bytes <= mostBytes || this.#isOverfull) return
    this.#isOverfull = true
    onTrouble(
      `The ledger in ${folder} has ${Math.round(this.#bytes / 2 ** 20)} MiB, more than ledger.maxMiB. Nothing is deleted: \`edgewise ledger export FILE\`, then move its oldest files away.`,
    )
  }

  async #open(): Promise<LedgerWriter> {
    const { folder, keyPath, rotateBytes = 16 * 2 ** 20, checkpointEntries = 1000 } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await syncFolder(dirname(folder))
    if (!this.#isLocked) this.#opened.use(lockLedger(folder))
    this.#isLocked = true
    const key = await openLedgerKey({ path: keyPath })
    const now = () => this.#now()
    const durable = this.#durable === undefined ? {} : { durable: this.#durable }
    const writer = await LedgerWriter.open({ folder, key, rotateBytes, checkpointEntries, now, ...durable })
    this.#failure = undefined
    this.#bytes = await ledgerBytes(folder)
    this.#grown(writer, 0)
    return writer
  }

  async #fail(thrown: unknown): Promise<void> {
    const { folder, clock, onTrouble } = this.#options
    const because = thrown instanceof Error ? thrown.message : String(thrown)
    const message = `The ledger in ${folder} cannot be written, so nothing may leave: ${because}`
    const failure =
      thrown instanceof EdgewiseError && thrown.code === 'ledger-failed'
        ? thrown
        : new EdgewiseError('ledger-failed', message, { cause: thrown })
    if (this.#failure?.message !== failure.message) onTrouble(failure.message)
    this.#failure = failure
    this.#retryAtMs = clock.monotonic() + retryMs
    this.#durable = this.#writer?.durable ?? this.#durable
    await this.#writer?.close().catch(() => undefined)
    this.#writer = undefined
    this.#isUrgent = false
    const waited = this.#waiting
    this.#waiting = waited.filter(({ settle }) => settle === undefined)
    for (const { settle } of waited) settle?.reject(failure)
  }

  #isResting(): boolean {
    return this.#failure !== undefined && this.#options.clock.monotonic() < this.#retryAtMs
  }

  #now() {
    const { clock } = this.#options
    return times({ at: clock.now(), mono: clock.monotonic() })
  }
}

function closed(): EdgewiseError {
  return new EdgewiseError('ledger-failed', 'The ledger is closed: nothing leaves any more.')
}
