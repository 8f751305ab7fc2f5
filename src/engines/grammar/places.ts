import { EdgewiseError } from '../../spec/errors.ts'
import type { State } from './automaton.ts'
import type { Frame, Place, Way } from './place.ts'

/** Places that are remembered with their successors; they are found again at some cost. */
const mostRemembered = 8192
/** Ways that may be looked at for one token, which takes some 0.2 s; only grammars made for it need more. */
const mostWork = 1_000_000

const quote = 0x22

/** Reads texts with an automaton, byte by byte. One for all answers with the same grammar: what one finds out, the next one knows. */
export class Places {
  readonly first: Place
  readonly #param: string
  readonly #frames = new Map<string, Frame>()
  readonly #ways = new Map<string, Way>()
  readonly #places = new Map<string, Place>()
  #made = 0
  #work = 0

  constructor(start: State, param: string) {
    this.#param = param
    this.first = this.#closed([{ state: start, frame: { id: 0, back: undefined }, count: 0 }])
  }

  /** To be called once for each token or mask, whose work is limited. */
  beginWork(): void {
    this.#work = 0
    if (this.#places.size < mostRemembered && this.#ways.size < 8 * mostRemembered) return
    this.#frames.clear()
    this.#ways.clear()
    this.#places.clear()
    this.first.next.clear()
  }

  /** The place behind one more byte; undefined where the grammar does not allow it. Throws `unsupported-field` when it takes too much work. */
  after(place: Place, byte: number): Place | undefined {
    const known = place.next.get(byte)
    if (known !== undefined) return known === null ? undefined : known
    this.spend(place.ways.length)
    const reached: Omit<Way, 'id'>[] = []
    for (const { state, frame, count } of place.ways) {
      for (const { first, last, to } of state.edges) {
        if (byte < first || byte > last) continue
        const next = countAfter(state, to, count, byte)
        if (next !== undefined) reached.push({ state: to, frame, count: next })
      }
    }
    const next = reached.length === 0 ? undefined : this.#closed(reached)
    place.next.set(byte, next ?? null)
    return next
  }

  /** The place behind more bytes. */
  behind(place: Place, bytes: Uint8Array): Place | undefined {
    let next: Place | undefined = place
    for (const byte of bytes) {
      if (next === undefined) return undefined
      next = this.after(next, byte)
    }
    return next
  }

  /** The place of only some of the ways of another. */
  ofWays(ways: readonly Way[]): Place {
    return this.#place(ways, false)
  }

  /** Counts work, and stops it when it becomes too much. */
  spend(work: number): void {
    this.#work += work
    if (this.#work <= mostWork) return
    const text = `${this.#param} can be read in too many ways at once; simplify its schema`
    throw new EdgewiseError('unsupported-field', text, { param: this.#param })
  }

  /** The place of these ways and of all that are reached from them without a byte. */
  #closed(reached: readonly Omit<Way, 'id'>[]): Place {
    const ways = new Set(reached.map((way) => this.#way(way)))
    let isEnd = false
    const add = (state: State, frame: Frame, count = 0) => ways.add(this.#way({ state, frame, count }))
    // A set gives what is added while it is read.
    for (const { state, frame } of ways) {
      this.spend(1 + state.empty.length + state.calls.length)
      for (const to of state.empty) add(to, frame)
      for (const { rule, to } of state.calls) add(rule, isBareEnd(to) ? frame : this.#frame(to, frame))
      if (!state.isEnd) continue
      if (frame.back === undefined) isEnd = true
      else add(frame.back.to, frame.back.below)
    }
    return this.#place(
      [...ways].filter(({ state }) => state.edges.length > 0),
      isEnd,
    )
  }

  #frame(to: State, below: Frame): Frame {
    const key = `${to.id},${below.id}`
    const known = this.#frames.get(key)
    if (known !== undefined) return known
    const frame = { id: ++this.#made, back: { to, below } }
    this.#frames.set(key, frame)
    return frame
  }

  #way({ state, frame, count }: Omit<Way, 'id'>): Way {
    const key = `${state.id},${frame.id},${count}`
    const known = this.#ways.get(key)
    if (known !== undefined) return known
    const way = { id: ++this.#made, state, frame, count }
    this.#ways.set(key, way)
    return way
  }

  #place(ways: readonly Way[], isEnd: boolean): Place {
    const key = `${isEnd} ${ways.map(({ id }) => id).toSorted((a, b) => a - b)}`
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const place = { id: ++this.#made, ways, isEnd, next: new Map<number, Place | null>() }
    this.#places.set(key, place)
    return place
  }
}

/** Characters counted behind a byte; undefined when the string would become too long or end too short. */
function countAfter({ bounds }: State, to: State, count: number, byte: number): number | undefined {
  if (bounds === undefined) return to.bounds !== undefined || to.isCounting ? count : 0
  if (byte === quote) return count < bounds.least ? undefined : 0
  if (bounds.least === 0 && bounds.most === Number.POSITIVE_INFINITY) return 0
  return count < bounds.most ? count + 1 : undefined
}

/** True for a state that only ends its rule: coming back to it is the same as coming back to where that rule came from. */
function isBareEnd({ isEnd, edges, empty, calls }: State): boolean {
  return isEnd && edges.length === 0 && empty.length === 0 && calls.length === 0
}
