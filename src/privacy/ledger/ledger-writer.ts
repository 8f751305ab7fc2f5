import { randomBytes } from 'node:crypto'
import { close, constants, fdatasync, open, write } from 'node:fs'
import { promisify } from 'node:util'
import { type EntryMaker, times } from './entry.ts'
import { keepCheckpoint, ledgerFile, syncFolder } from './ledger-folder.ts'
import { type LedgerKey, saltOf } from './ledger-key.ts'
import { type OpenTailOptions, openTail } from './open-tail.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { canonical } from './verify/canonical.ts'
import { History } from './verify/history.ts'

export interface LedgerWriterOptions extends OpenTailOptions {
  readonly key: LedgerKey
  /** A file that has grown beyond this is followed by a new one. */
  readonly rotateBytes: number
  /** So many entries are signed together. */
  readonly checkpointEntries: number
  readonly now: () => { readonly at: number; readonly mono: number }
}

/** Writes at the end of one ledger. After an error it must be closed: what is on disk behind `durable` is then unknown. */
export class LedgerWriter {
  readonly #options: LedgerWriterOptions
  readonly #name: string
  #history: History
  #signedUpTo: number
  #durable: OpenTailOptions['durable']
  #unpublished: string | undefined
  #file: { readonly handle: number; readonly path: string; bytes: number } | undefined

  private constructor(options: LedgerWriterOptions, name: string, history: History, signedUpTo: number) {
    this.#options = options
    this.#name = name
    this.#history = history
    this.#signedUpTo = signedUpTo
  }

  /** Goes on where the ledger in the folder ends, or begins one. Says in it that something was cut off, and that this writer begins. */
  static async open(options: LedgerWriterOptions): Promise<LedgerWriter> {
    const { file, ledger, history, signedUpTo, cut } = await openTail(options)
    const name = ledger ?? `edgewise-ledger/${randomBytes(12).toString('hex')}`
    const writer = new LedgerWriter(options, name, history, signedUpTo)
    try {
      if (file !== undefined) writer.#file = { ...file, handle: await openFile(file.path) }
      writer.#durable = file
      if (cut !== undefined) await writer.append([(seq) => ({ kind: 'cut', seq, ...times(options.now()), ...cut })])
      await writer.append([(seq) => ({ kind: 'open', seq, ...times(options.now()) })])
      return writer
    } catch (thrown) {
      await writer.close()
      throw thrown
    }
  }

  get entries(): number {
    return this.#history.size
  }

  /** True when there are entries that no checkpoint covers. A checkpoint's own entry waits for the next. */
  get isUnsigned(): boolean {
    return this.#history.size > this.#signedUpTo
  }

  /** What is known to be on disk. */
  get durable(): OpenTailOptions['durable'] {
    return this.#durable
  }

  /** Resolves to the numbers of these entries and the bytes they took, once they are on disk together. Signs them when that is due, or `sign` asks for it. */
  async append(
    makers: readonly EntryMaker[],
    { sign = false } = {},
  ): Promise<{ readonly first: number; readonly bytes: number }> {
    const file = await this.#fileWithRoom()
    const lines = new Lines(this.#history, (seq) => saltOf(this.#options.key.saltKey, this.#name, seq))
    if (file.bytes === 0) lines.add((seq) => this.#fileEntry(seq))
    const first = lines.history.size + 1
    for (const maker of makers) lines.add(maker)
    const isDue = sign || lines.history.size - this.#signedUpTo >= this.#options.checkpointEntries
    const note = isDue ? this.#sign(lines.history) : undefined
    if (note !== undefined) lines.add((seq) => ({ kind: 'checkpoint', seq, ...times(this.#options.now()), note }))
    const bytes = Buffer.from(lines.text, 'latin1')
    await writeDurably(file.handle, bytes)
    if (file.bytes === 0) await syncFolder(this.#options.folder)
    file.bytes += bytes.length
    this.#durable = { path: file.path, bytes: file.bytes }
    this.#history = lines.history
    if (note !== undefined) {
      this.#signedUpTo = lines.history.size
      this.#unpublished = note
    }
    return { first, bytes: bytes.length }
  }

  /** Keeps the last checkpoint, for others to compare with; gives it where it was not kept yet. */
  async publish(): Promise<string | undefined> {
    const note = this.#unpublished
    if (note === undefined) return undefined
    this.#unpublished = undefined
    await keepCheckpoint(this.#options.folder, note)
    return note
  }

  async close(): Promise<void> {
    if (this.#file !== undefined) await closeFile(this.#file.handle)
    this.#file = undefined
  }

  async #fileWithRoom() {
    if (this.#file !== undefined && this.#file.bytes < this.#options.rotateBytes) return this.#file
    await this.close()
    const path = ledgerFile(this.#options.folder, this.#history.size + 1)
    this.#file = { path, handle: await openFile(path), bytes: 0 }
    return this.#file
  }

  #fileEntry(seq: number) {
    const { head, frontier } = this.#history
    const { key, now } = this.#options
    return {
      kind: 'file',
      seq,
      ...times(now()),
      format: 1,
      ledger: this.#name,
      key: key.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64url'),
      prev: head.toString('base64url'),
      frontier: frontier.map((subtree) => subtree.toString('base64url')),
    }
  }

  #sign({ size, head, root }: History): string {
    return signCheckpoint({ origin: this.#name, size, head, root }, this.#options.key.privateKey)
  }
}

/** Lines that follow a history, which itself stays as it is. */
class Lines {
  readonly history: History
  text = ''
  readonly #saltOf: (seq: number) => Buffer

  constructor(before: History, salt: (seq: number) => Buffer) {
    this.history = new History(before)
    this.#saltOf = salt
  }

  add(maker: EntryMaker): void {
    const seq = this.history.size + 1
    const entry = canonical(maker(seq, this.#saltOf(seq)))
    this.history.add(entry)
    this.text += `${this.history.head.toString('base64url')} ${entry}\n`
  }
}

/** Where the system has it, a write is on disk when it returns: one call for each batch instead of two. */
const dataSync = constants.O_DSYNC as number | undefined
const openFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (dataSync ?? 0)

const openAsync = promisify(open)
const closeFile = promisify(close)
const syncFile = promisify(fdatasync)

function openFile(path: string): Promise<number> {
  return openAsync(path, openFlags, 0o600)
}

async function writeDurably(handle: number, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) written += await writeSome(handle, bytes, written)
  if (dataSync === undefined) await syncFile(handle)
}

function writeSome(handle: number, bytes: Buffer, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(handle, bytes, from, bytes.length - from, null, (error, written) =>
      error ? reject(error) : resolve(written),
    )
  })
}
