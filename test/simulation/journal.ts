/** What an application wants delivered; it is the body of the entry. */
export interface JournalEvent {
  readonly edge: string
  readonly key: string
  /** Events of one lane have to arrive in the order in which they were made. */
  readonly lane: string
  /** Counts the events of a lane from 1, those included that nobody confirmed. */
  readonly ordinal: number
}

/** A promise was broken; the message says which, with the event. */
export class BrokenPromise extends Error {}

interface Lane {
  lastArrived: number
  /** Acknowledged and not yet arrived, by ordinal. */
  readonly waiting: Map<number, JournalEvent>
}

/** The memory of somebody outside of all machines: what was acknowledged, and what arrived. Throws `BrokenPromise`. */
export class Journal {
  readonly #lanes = new Map<string, Lane>()
  readonly #arrived = new Set<string>()
  readonly #marks = new Map<string, number>()
  readonly #waiting = new Map<string, Map<string, JournalEvent>>()
  #acknowledged = 0
  #failure: unknown

  /** What else went wrong, in something that nobody waits for. */
  get failure(): unknown {
    return this.#failure
  }

  /** Acknowledged, and not arrived yet. */
  get unsettled(): number {
    let count = 0
    for (const waiting of this.#waiting.values()) count += waiting.size
    return count
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  get arrived(): number {
    return this.#arrived.size
  }

  acknowledge(event: JournalEvent): void {
    this.#acknowledged += 1
    if (this.#arrived.has(event.key)) return
    this.#lane(event).waiting.set(event.ordinal, event)
    this.waitingOf(event.edge).set(event.key, event)
  }

  arrive(event: JournalEvent): void {
    if (this.#arrived.has(event.key)) throw new BrokenPromise(`${event.key} came twice`)
    this.#arrived.add(event.key)
    this.waitingOf(event.edge).delete(event.key)
    const lane = this.#lane(event)
    lane.waiting.delete(event.ordinal)
    // A lane is acknowledged in its order, and a Map keeps it: the first is the oldest.
    const [oldest] = lane.waiting.keys()
    const passed = oldest !== undefined && oldest < event.ordinal ? oldest : undefined
    if (event.ordinal < lane.lastArrived || passed !== undefined) {
      throw new BrokenPromise(
        `${event.key} of lane ${event.lane} came out of order: number ${event.ordinal}, after ${lane.lastArrived}, with ${passed ?? 'none'} still waiting`,
      )
    }
    lane.lastArrived = event.ordinal
  }

  /** Acknowledged events of an edge that have not arrived yet, by their keys. */
  waitingOf(edge: string): Map<string, JournalEvent> {
    const known = this.#waiting.get(edge) ?? new Map<string, JournalEvent>()
    this.#waiting.set(edge, known)
    return known
  }

  /** Ends the simulation at its next step. */
  fail(thrown: unknown): void {
    this.#failure ??= thrown
  }

  /** `kept` are the keys that an edge still has on its disk. */
  expectKept(edge: string, kept: ReadonlySet<string>): void {
    for (const key of this.waitingOf(edge).keys()) {
      if (!kept.has(key)) throw new BrokenPromise(`${key} was acknowledged, and neither ${edge} nor the hub has it`)
    }
  }

  /** A hub's high-water mark of one epoch of one edge. */
  mark(name: string, sequence: number): void {
    const before = this.#marks.get(name) ?? 0
    if (sequence < before) throw new BrokenPromise(`the mark of ${name} went back from ${before} to ${sequence}`)
    this.#marks.set(name, sequence)
  }

  #lane({ edge, lane }: JournalEvent): Lane {
    const name = `${edge} ${lane}`
    const known = this.#lanes.get(name) ?? { lastArrived: 0, waiting: new Map() }
    this.#lanes.set(name, known)
    return known
  }
}
