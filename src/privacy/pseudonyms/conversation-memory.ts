import { z } from 'zod'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { SealedConversation, SealedConversations } from '../../store/store.ts'
import { PseudonymBook } from './pseudonym-book.ts'
import { createSealing, type Sealing } from './sealing.ts'

/** What is remembered of one conversation. */
export interface RememberedConversation {
  /** Names it to others; says nothing of the caller's own words. */
  readonly id: string
  readonly book: PseudonymBook
  /** Why it stays at the edge; set once, it stays. */
  pinned: string | undefined
}

/** Pseudonyms and pins of conversations, in memory and, encrypted, in the store. */
export interface ConversationMemory extends AsyncDisposable {
  /** The conversation that `parts` name. It is forgotten `rememberHours` after it was recalled last. Throws `store-failed`. */
  recall(parts: readonly string[], rememberHours: number): Promise<RememberedConversation>
  /** Notes what has changed; writes it without making anyone wait. */
  remember(conversation: RememberedConversation): void
  /** Waits until everything noted so far is written. */
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
  /** Hears of what could not be written or read. */
  readonly onError?: (error: EdgewiseError) => void
}

const hourMs = 3_600_000
const tidyEveryMs = hourMs
/** What the store has of a conversation lives at most so much shorter than what memory has. */
const renewMs = hourMs / 4

const keptSchema = z.object({
  pinned: z.string().optional(),
  entries: z.array(z.tuple([z.string(), z.string()])),
})

interface Held {
  readonly conversation: RememberedConversation
  expiresAt: number
  /** What the store has. */
  written: Written | undefined
}

interface Written {
  readonly entries: number
  readonly pinned: string | undefined
  readonly expiresAt: number
}

/** Opens the memory. */
export function createConversationMemory(options: ConversationMemoryOptions): ConversationMemory {
  return new Memory(options)
}

class Memory implements ConversationMemory {
  readonly #options: ConversationMemoryOptions
  readonly #sealing: Sealing
  readonly #held = new Map<string, Held>()
  readonly #reading = new Map<string, Promise<Held>>()
  readonly #unwritten = new Map<string, Held>()
  #writing: Promise<void> | undefined
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
    const held = this.#held.get(conversation.id)
    if (held?.conversation !== conversation || !hasChanged(held)) return
    this.#unwritten.set(conversation.id, held)
    this.#writing ??= this.#writeAll()
  }

  async flush(): Promise<void> {
    await this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
  }

  /** The conversation in memory, as the one used last. */
  #fresh(id: string): Held | undefined {
    const held = this.#held.get(id)
    this.#held.delete(id)
    if (held === undefined || held.expiresAt <= this.#options.clock.now()) return undefined
    this.#held.set(id, held)
    return held
  }

  #readOnce(id: string): Promise<Held> {
    const reading = this.#reading.get(id) ?? this.#read(id).finally(() => this.#reading.delete(id))
    this.#reading.set(id, reading)
    return reading
  }

  async #read(id: string): Promise<Held> {
    const { store, clock, most = 10_000 } = this.#options
    const row = this.#unwritten.get(id) === undefined ? await store?.find(id, clock.now()) : undefined
    const held = this.#unwritten.get(id) ?? (row === undefined ? newConversation(id) : await this.#opened(id, row))
    this.#held.set(id, held)
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= most) break
      this.#held.delete(oldest)
    }
    return held
  }

  async #opened(id: string, { sealed, expiresAt }: SealedConversation): Promise<Held> {
    try {
      const { entries, pinned } = keptSchema.parse(await this.#sealing.open(sealed, id))
      const written = { entries: entries.length, pinned, expiresAt }
      return { conversation: { id, book: new PseudonymBook(entries), pinned }, expiresAt, written }
    } catch (cause) {
      const message =
        'what is remembered of a conversation cannot be read: the key in the state folder is another than it was'
      throw new EdgewiseError('store-failed', message, { cause })
    }
  }

  async #writeAll(): Promise<void> {
    // What changes in the same moment is written together.
    await Promise.resolve()
    for (let next = first(this.#unwritten); next !== undefined; next = first(this.#unwritten)) {
      this.#unwritten.delete(next.conversation.id)
      await this.#write(next).catch((thrown) => this.#options.onError?.(asEdgewiseError(thrown, 'store-failed')))
    }
    this.#writing = undefined
  }

  async #write(held: Held): Promise<void> {
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
  return { conversation, expiresAt: Number.NEGATIVE_INFINITY, written: undefined }
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
