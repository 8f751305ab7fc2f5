interface Event {
  readonly atMs: number
  readonly order: number
  readonly act: () => void
  isCancelled: boolean
}

/** Most turns of the event loop that one event may set off; a longer chain goes on during the next events, the same way in every run. */
const mostTurns = 16

/** More events than this at one moment are a loop that never ends. */
const mostSteps = 10_000

/** Time that passes from event to event, all in one thread: the same events in the same order whenever the same things are asked of it. */
export class SimulatedTime {
  readonly #events: Event[] = []
  #order = 0
  #nowMs = 0
  #steps = 0
  #stepsHere = 0

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#nowMs
  }

  get steps(): number {
    return this.#steps
  }

  /** Calls `act` after so many milliseconds, whole ones as with any timer; gives back what cancels it. */
  after(ms: number, act: () => void): () => void {
    const event = { atMs: this.#nowMs + Math.ceil(Math.max(0, ms)), order: this.#order++, act, isCancelled: false }
    this.#push(event)
    return () => {
      event.isCancelled = true
    }
  }

  /** Lets the next event happen, with all that it sets off at the same moment. False when there is none up to that time. */
  async step(untilMs: number): Promise<boolean> {
    let next = this.#events[0]
    while (next?.isCancelled) {
      this.#pop()
      next = this.#events[0]
    }
    if (next === undefined || next.atMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs)
      return false
    }
    this.#pop()
    this.#stepsHere = next.atMs === this.#nowMs ? this.#stepsHere + 1 : 0
    if (this.#stepsHere > mostSteps)
      throw new Error(`time stands still at ${this.#nowMs} ms: something waits for nothing`)
    this.#nowMs = next.atMs
    this.#steps += 1
    next.act()
    await settle()
    return true
  }

  #push(event: Event): void {
    const heap = this.#events
    let at = heap.push(event) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(event, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#events
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      const [leftEvent, rightEvent] = [heap[left], heap[right]]
      const below = leftEvent && rightEvent && isBefore(rightEvent, leftEvent) ? right : left
      const child = heap[below]
      if (child === undefined || !isBefore(child, last)) break
      heap[at] = child
      at = below
    }
    heap[at] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs
}

/** Runs microtasks and immediates until none is left: nothing real is ever waited for. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < mostTurns; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (!process.getActiveResourcesInfo().includes('Immediate')) return
  }
}
