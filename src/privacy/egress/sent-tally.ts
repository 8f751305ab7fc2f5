/** What left for one request. */
export interface Sent {
  readonly bytes: number
  /** Origins, each once. */
  readonly destinations: readonly string[]
  /** Numbers of its entries in the ledger; absent where there are none. */
  readonly entries?: readonly number[]
}

const nothing: Sent = { bytes: 0, destinations: [] }

/** Sums up what left, request by request. Holds at most `capacity` requests; the oldest go first. */
export class SentTally {
  readonly #capacity: number
  readonly #sent = new Map<string, Sent>()

  constructor(capacity = 10_000) {
    this.#capacity = capacity
  }

  /** `entry` is the number of the send in the ledger; told again with every part of it. */
  add(
    requestId: string,
    { origin, bytes, entry }: { origin: string; bytes: number; entry?: number | undefined },
  ): void {
    const before = this.#sent.get(requestId)
    if (before === undefined) this.#makeRoom()
    const entries = withOne(before?.entries ?? [], entry)
    this.#sent.set(requestId, {
      bytes: (before?.bytes ?? 0) + bytes,
      destinations: withOne(before?.destinations ?? [], origin),
      ...(entries.length === 0 ? {} : { entries }),
    })
  }

  /** Nothing for a request that sent nothing, or was forgotten. */
  for(requestId: string): Sent {
    return this.#sent.get(requestId) ?? nothing
  }

  forget(requestId: string): void {
    this.#sent.delete(requestId)
  }

  #makeRoom(): void {
    if (this.#sent.size < this.#capacity) return
    const [oldest] = this.#sent.keys()
    if (oldest !== undefined) this.#sent.delete(oldest)
  }
}

function withOne<T>(list: readonly T[], one: T | undefined): readonly T[] {
  return one === undefined || list.includes(one) ? list : [...list, one]
}
