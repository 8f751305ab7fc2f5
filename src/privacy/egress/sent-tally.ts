/** What left for one request. */
export interface Sent {
  readonly bytes: number
  /** Origins, each once. */
  readonly destinations: readonly string[]
}

const nothing: Sent = { bytes: 0, destinations: [] }

/** Sums up what left, request by request. Holds at most `capacity` requests; the oldest go first. */
export class SentTally {
  readonly #capacity: number
  readonly #sent = new Map<string, Sent>()

  constructor(capacity = 10_000) {
    this.#capacity = capacity
  }

  add(requestId: string, origin: string, bytes: number): void {
    const before = this.#sent.get(requestId)
    if (before === undefined) this.#makeRoom()
    const destinations = before?.destinations ?? []
    this.#sent.set(requestId, {
      bytes: (before?.bytes ?? 0) + bytes,
      destinations: destinations.includes(origin) ? destinations : [...destinations, origin],
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
