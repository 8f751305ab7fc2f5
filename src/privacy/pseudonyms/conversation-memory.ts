import { z } from 'zod'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { SealedConversation, SealedConversations } from '../../store/store.ts'
import { type HeldConversation as Held, HeldConversations, type RememberedConversation } from './held-conversations.ts'
import { PseudonymBook } from './pseudonym-book.ts'
import { createSealing, type Sealing } from './sealing.ts'

export type { RememberedConversation } from './held-conversations.ts'

/** Pseudonyms and pins of conversations, in memory and, encrypted, in the store. */
export interface ConversationMemory extends AsyncDisposable {
  /** The conversation that `parts` name. It is forgotten `rememberHours` after it was recalled last. Throws `store-failed`, also while too much waits to be written. */
  recall(parts: readonly string[], rememberHours: number): Promise<RememberedConversation>
  /** Notes what has changed; writes it without making anyone wait. What cannot be written is tried again, and stays in memory until it is. */
  remember(conversation: RememberedConversation): void
  /** Waits until everything noted so far is written, or was refused once more. */
  flush(): Promise<void>
}

export interface ConversationMemoryOptions {
  /** At least 32 random bytes; of the same ones what was stored can be read again. */
  readonly secret: Uint8Array<ArrayBuffer>
  readonly clock: Clock
  /** Absent: nothing outlives this process. */
  readonly store?: SealedConversations
  /** Conversations in memory; the longest unused go first, and are read from the store when they come again. */
  readonly most?: number
  /** Pseudonyms of all conversations in memory together. */
  readonly mostEntries?: number
  /** Hears of what could not be written or read. */
  readonly onError?: (error: EdgewiseError) => void
}

const hourMs = 3_600_000
const tidyEveryMs = hourMs
const retryMs = 30_000
const defaultMost = 10_000
const defaultMostEntries = 400_000
/** What the store has of a conversation lives at most so much shorter than what memory has. */
const renewMs = hourMs / 4

const keptSchema = z.object({
  pinned: z.string().optional(),
  entries: z.array(z.tuple([z.string(), z.string()])),
})

/** Opens the memory. */
export function createConversationMemory(options: ConversationMemoryOptions): ConversationMemory {
  return new Memory(options)
}

class Memory implements ConversationMemory {
  readonly #options: ConversationMemoryOptions
  readonly #sealing: Sealing
  readonly #held = new HeldConversations()
  readonly #heldOf = new WeakMap<RememberedConversation, Held>()
  readonly #reading = new Map<string, Promise<Held>>()
  readonly #unwritten = new Map<string, Held>()
  #writing: Promise<void> | undefined
  #cancelRetry: (() => void) | undefined
  #tidiedAt = Number.NEGATIVE_INFINITY

  constructor(options: ConversationMemoryOptions) {
    this.#options = options
    this.#sealing = createSealing(options.secret)
  }

  async recall(parts: readonly string[], rememberHours: number): Promise<RememberedConversation> {
    const id = await this.#sealing.nameOf(parts)
    const held = this.#fresh(id) ?? (await this.#readOnce(id))
    held.expiresAt = this.#options.clock.now() + rememberHours * hourMs
    return held.conversation
  }

  remember(conversation: RememberedConversation): void {
    const held = this.#heldOf.get(conversation)
    if (held === undefined) return
    const current = this.#held.get(conversation.id)
    // It may have left memory since it was recalled.
    if (current !== undefined && current !== held) current.conversation.pinned ??= conversation.pinned
    const changed = current ?? held
    this.#held.put(changed)
    if (hasChanged(changed)) this.#unwritten.set(conversation.id, changed)
    this.#makeRoom(conversation.id)
    if (this.#unwritten.size > 0) this.#write()
  }

  async flush(): Promise<void> {
    if (this.#unwritten.size > 0) this.#write()
    await this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
    this.#cancelRetry?.()
  }

  /** The conversation in memory, as the one used last. */
  #fresh(id: string): Held | undefined {
    const held = this.#held.get(id)
    if (held === undefined) return undefined
    this.#held.delete(id)
    if (held.expiresAt <= this.#options.clock.now()) return undefined
    this.#held.put(held)
    return held
  }

  #readOnce(id: string): Promise<Held> {
    const reading = this.#reading.get(id) ?? this.#read(id).finally(() => this.#reading.delete(id))
    this.#reading.set(id, reading)
    return reading
  }

  async #read(id: string): Promise<Held> {
    const { store, clock } = this.#options
    this.#requireRoom()
    const row = await store?.find(id, clock.now())
    const held = row === undefined ? newConversation(id) : await this.#opened(id, row)
    this.#heldOf.set(held.conversation, held)
    this.#held.put(held)
    this.#makeRoom(id)
    return held
  }

  /** What is written goes, the longest unused first, but not the conversation in use. */
  #makeRoom(inUse: string): void {
    const { store } = this.#options
    if (this.#excess(1) <= 0) return
    for (const held of this.#held.values()) {
      if (this.#excess(1) <= 0) return
      const { id } = held.conversation
      if (id !== inUse && (store === undefined || !this.#isUnsaved(held))) this.#held.delete(id)
    }
  }

  /** Where nothing can be written, memory would grow without end. */
  #requireRoom(): void {
    if (this.#excess(2) <= 0) return
    throw new EdgewiseError(
      'store-failed',
      `${this.#unwritten.size} conversations wait to be written: see why the store refuses them`,
    )
  }

  /** Above zero: more is in memory than `times` what may be. */
  #excess(times: number): number {
    const { most = defaultMost, mostEntries = defaultMostEntries } = this.#options
    return Math.max(this.#held.size - times * most, this.#held.entries - times * mostEntries)
  }

  #isUnsaved({ conversation: { id, book, pinned }, written }: Held): boolean {
    return this.#unwritten.has(id) || book.size !== (written?.entries ?? 0) || pinned !== written?.pinned
  }

  async #opened(id: string, { sealed, expiresAt }: SealedConversation): Promise<Held> {
    try {
      const { entries, pinned } = keptSchema.parse(await this.#sealing.open(sealed, id))
      const written = { entries: entries.length, pinned, expiresAt }
      return { conversation: { id, book: new PseudonymBook(entries), pinned }, expiresAt, entries: 0, written }
    } catch (cause) {
      const message =
        'what is remembered of a conversation cannot be read: the key in the state folder is another than it was'
      throw new EdgewiseError('store-failed', message, { cause })
    }
  }

  #write(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    // What changes in the same moment is written together.
    await Promise.resolve()
    const refused = new Map<string, Held>()
    for (let next = first(this.#unwritten); next !== undefined; next = first(this.#unwritten)) {
      const { id } = next.conversation
      try {
        this.#unwritten.delete(id)
        await this.#save(next)
        refused.delete(id)
      } catch (thrown) {
        refused.set(id, next)
        this.#options.onError?.(asEdgewiseError(thrown, 'store-failed'))
      }
    }
    for (const [id, held] of refused) this.#unwritten.set(id, held)
    if (refused.size > 0) this.#cancelRetry = this.#options.clock.after(retryMs, () => this.#write())
  }

  async #save(held: Held): Promise<void> {
    const { store, clock } = this.#options
    if (store === undefined) return
    const { id, book, pinned } = held.conversation
    const { entries } = book
    const written = { entries: entries.length, pinned, expiresAt: held.expiresAt }
    const sealed = await this.#sealing.seal({ pinned, entries }, id)
    await store.save({ id, sealed, expiresAt: held.expiresAt })
    held.written = written
    if (clock.monotonic() - this.#tidiedAt < tidyEveryMs) return
    this.#tidiedAt = clock.monotonic()
    await store.forget(clock.now())
  }
}

function newConversation(id: string): Held {
  const conversation = { id, book: new PseudonymBook(), pinned: undefined }
  return { conversation, expiresAt: Number.NEGATIVE_INFINITY, entries: 0, written: undefined }
}

/** There is something in it that the store lacks, or the store would forget it too early. */
function hasChanged({ conversation: { book, pinned }, written, expiresAt }: Held): boolean {
  if (written === undefined) return book.size > 0 || pinned !== undefined
  if (book.size !== written.entries || pinned !== written.pinned) return true
  return expiresAt - written.expiresAt > renewMs
}

function first<T>(map: ReadonlyMap<string, T>): T | undefined {
  for (const value of map.values()) return value
  return undefined
}
