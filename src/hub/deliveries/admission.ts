import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import { Pace } from './pace.ts'

export interface AdmissionOptions {
  readonly clock: Clock
  /** Batches a second, of all edges together; one edge alone may send a quarter of that, and one a second in any case. */
  readonly perSecond: number
  /** Batches that are taken in at the same time; eight times as many may be on their way here. */
  readonly concurrency: number
}

/** One batch of an edge, from its first byte to its answer. */
export interface Arrival {
  /** Takes a place to be taken in. Throws `rate-limited` with the seconds to wait. */
  enter(): void
  /** Gives back what it holds; works once. */
  leave(): void
}

interface EdgeState {
  readonly pace: Pace
  isHere: boolean
  /** The moment that it was told to come again. */
  promisedAt: number
}

/** Whoever is refused is told a later moment than the one before, up to this. */
const longestWaitMs = 300_000
const arrivingPerPlace = 8

/**
 * Lets batches in at a bounded rate: one of each edge at a time, and of each edge a part of the rate, so that none holds up the others. When many edges come
 * back together, each that is refused gets a moment of its own to come again, as far ahead as the rate needs for all those before it.
 */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #pace: Pace
  /** By ids of edges that have joined, so it grows no further than their list. */
  readonly #edges = new Map<string, EdgeState>()
  #arriving = 0
  #running = 0
  /** Up to when moments are given away. */
  #promisedUntil: number

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#pace = new Pace(options)
    this.#promisedUntil = options.clock.monotonic()
  }

  /** Lets a batch of this edge send its body. Throws `rate-limited` with the seconds to wait. */
  arrive(edge: string): Arrival {
    const state = this.#stateOf(edge)
    if (state.isHere) throw refused('A delivery of this edge is being taken in; the next one comes after it', 1000)
    const ownWaitMs = state.pace.waitMs()
    if (ownWaitMs > 0)
      throw refused('This edge sends more deliveries than its part of hub.deliveries.perSecond', ownWaitMs)
    state.pace.take()
    const mostArriving = this.#options.concurrency * arrivingPerPlace
    if (this.#pace.waitMs() > 0 || this.#arriving >= mostArriving) throw this.#later(state)
    this.#pace.take()
    state.isHere = true
    this.#arriving += 1
    return this.#arrival(state)
  }

  #arrival(state: EdgeState): Arrival {
    let place: 'arriving' | 'running' | 'gone' = 'arriving'
    return {
      enter: () => {
        if (place !== 'arriving') return
        if (this.#running >= this.#options.concurrency) throw this.#later(state)
        place = 'running'
        this.#running += 1
      },
      leave: () => {
        if (place === 'gone') return
        if (place === 'running') this.#running -= 1
        place = 'gone'
        this.#arriving -= 1
        state.isHere = false
      },
    }
  }

  #stateOf(edge: string): EdgeState {
    const known = this.#edges.get(edge)
    if (known !== undefined) return known
    const { clock, perSecond } = this.#options
    const pace = new Pace({ clock, perSecond: Math.max(1, perSecond / 4) })
    const state = { pace, isHere: false, promisedAt: Number.NEGATIVE_INFINITY }
    this.#edges.set(edge, state)
    return state
  }

  /** An edge that comes before its moment is told the same one again. */
  #later(state: EdgeState): EdgewiseError {
    const now = this.#options.clock.monotonic()
    if (state.promisedAt <= now) {
      const next = Math.max(this.#promisedUntil, now + 1000) + this.#pace.stepMs
      this.#promisedUntil = Math.min(next, now + longestWaitMs)
      state.promisedAt = this.#promisedUntil
    }
    const because = `This hub takes in ${this.#options.perSecond} deliveries a second (hub.deliveries.perSecond)`
    return refused(because, state.promisedAt - now)
  }
}

function refused(because: string, waitMs: number): EdgewiseError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  const message = `${because}. Try again in ${retryAfterSeconds} s.`
  return new EdgewiseError('rate-limited', message, { retryAfterSeconds })
}
