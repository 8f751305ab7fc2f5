import type { PseudonymBook } from './pseudonym-book.ts'

/** What is remembered of one conversation. */
export interface RememberedConversation {
  /** Names it to others; says nothing of the caller's own words. */
  readonly id: string
  /** Another one in its place takes back what was entered. */
  book: PseudonymBook
  /** Why it stays at the edge; set once, it stays. */
  pinned: string | undefined
}

/** A conversation in memory, and what of it is written. */
export interface HeldConversation {
  readonly conversation: RememberedConversation
  expiresAt: number
  /** As they are counted in the memory's sum. */
  entries: number
  /** What the store has. */
  written: Written | undefined
}

/** What the store has of a conversation. */
export interface Written {
  readonly entries: number
  readonly pinned: string | undefined
  readonly expiresAt: number
}

/** Conversations in memory, the longest unused first, with the sum of their entries. */
export class HeldConversations {
  readonly #byId = new Map<string, HeldConversation>()
  entries = 0

  get size(): number {
    return this.#byId.size
  }

  get(id: string): HeldConversation | undefined {
    return this.#byId.get(id)
  }

  values(): IterableIterator<HeldConversation> {
    return this.#byId.values()
  }

  /** As the one used last, with what it has now. */
  put(held: HeldConversation): void {
    this.delete(held.conversation.id)
    held.entries = held.conversation.book.size
    this.entries += held.entries
    this.#byId.set(held.conversation.id, held)
  }

  delete(id: string): void {
    this.entries -= this.#byId.get(id)?.entries ?? 0
    this.#byId.delete(id)
  }
}
