import { EdgewiseError } from '../../spec/errors.ts'
import type { State } from './automaton.ts'
import { type EdgeRanges, edgeRanges } from './edge-ranges.ts'
import type { Frame, Moves, Place, Way } from './place.ts'

/** Places that are remembered with their successors; they are found again at some cost. */
const mostRemembered = 8192
/** Ways that may be looked at for one token, which takes some 0.2 s; only grammars made for it need more. */
const mostWork = 1_000_000

const quote = 0x22

/** Reads texts with an automaton, byte by byte. One for all answers with the same grammar: what one finds out, the next one knows. */
export class Places {
  readonly first: Place
  readonly #param: string
  /** By their ways. */
  readonly #places = new Map<string, Place>()
  /** What was found out in an earlier epoch is forgotten. */
  #epoch = 0
  #ways = 0
  #made = 0
  #work = 0

  constructor(start: State, param: string) {
    this.#param = param
    this.first = this.#closed([this.#way(start, this.#newFrame(undefined), 0)])
  }

  /** To be called once for each token or mask, whose work is limited. */
  beginWork(): void {
    this.#work = 0
    if (this.#places.size < mostRemembered && this.#ways < 8 * mostRemembered) return
    this.#places.clear()
    this.#ways = 0
    this.#epoch++
  }

  /** The place behind one more byte; undefined where the grammar does not allow it. Throws `unsupported-field` when it takes too much work. */
  after(place: Place, byte: number): Place | undefined {
    const { firsts, lasts, places } = this.#movesOf(place)
    let range = 0
    while (range < lasts.length && (lasts[range] ?? 0) < byte) range++
    if (range === lasts.length || (firsts[range] ?? 0) > byte) return undefined
    const known = places[range]
    if (known !== undefined) return known ?? undefined
    const next = this.#behindByte(place.ways, byte)
    places[range] = next ?? null
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

  /** The bytes that may follow, in ascending ranges. */
  rangesOf(place: Place): EdgeRanges {
    return this.#movesOf(place)
  }

  /** The place of only some of the ways of another. */
  ofWays(ways: readonly Way[]): Place {
    return this.#place(ways, false)
  }

  /** The place behind strings in which these ways are, in front of a character, whatever the number of their characters. */
  behindStrings(ways: readonly Way[]): Place {
    const reached = ways.flatMap(({ state, frame }) =>
      state.edges.filter(({ first }) => first === quote).map(({ to }) => this.#way(to, frame, 0)),
    )
    return this.#closed(reached)
  }

  /** Counts work, and stops it when it becomes too much. */
  spend(work: number): void {
    this.#work += work
    if (this.#work <= mostWork) return
    const text = `${this.#param} can be read in too many ways at once; simplify its schema`
    throw new EdgewiseError('unsupported-field', text, { param: this.#param })
  }

  #movesOf(place: Place): Moves {
    const { moves, epoch, ways } = place
    if (moves !== undefined && epoch === this.#epoch) return moves
    this.spend(ways.length)
    const { firsts, lasts } = edgeRanges(ways.map(({ state }) => state.edges))
    const found = { firsts, lasts, places: new Array<undefined>(firsts.length).fill(undefined) }
    place.moves = found
    place.epoch = this.#epoch
    return found
  }

  #behindByte(ways: readonly Way[], byte: number): Place | undefined {
    this.spend(ways.length)
    const reached: Way[] = []
    for (const { state, frame, count } of ways) {
      for (const { first, last, to } of state.edges) {
        if (byte < first || byte > last) continue
        const next = countAfter(state, to, count, byte)
        if (next !== undefined) reached.push(this.#way(to, frame, next))
      }
    }
    return reached.length === 0 ? undefined : this.#closed(reached)
  }

  /** The place of these ways and of all that are reached from them without a byte. */
  #closed(reached: readonly Way[]): Place {
    const mark = ++this.#made
    const all: Way[] = []
    const add = (way: Way) => {
      if (way.mark === mark) return
      way.mark = mark
      all.push(way)
    }
    for (const way of reached) add(way)
    let isEnd = false
    // The list grows while it is read.
    for (const { state, frame } of all) {
      this.spend(1 + state.empty.length + state.calls.length)
      for (const to of state.empty) add(this.#way(to, frame, 0))
      for (const { rule, to } of state.calls) {
        add(this.#way(rule, isBareEnd(to) ? frame : this.#frame(to, frame), 0))
      }
      if (!state.isEnd) continue
      if (frame.back === undefined) isEnd = true
      else add(this.#way(frame.back.to, frame.back.below, 0))
    }
    return this.#place(
      all.filter(({ state }) => state.edges.length > 0),
      isEnd,
    )
  }

  #newFrame(back: Frame['back']): Frame {
    return { id: ++this.#made, back, above: new Map(), ways: new Map(), epoch: this.#epoch }
  }

  #frame(to: State, below: Frame): Frame {
    this.#forget(below)
    const known = below.above.get(to)
    if (known !== undefined) return known
    const frame = this.#newFrame({ to, below })
    below.above.set(to, frame)
    return frame
  }

  #way(state: State, frame: Frame, count: number): Way {
    this.#forget(frame)
    // Small as long as few characters are counted: such keys are the cheapest.
    const key = state.id + count * 2 ** 17
    const known = frame.ways.get(key)
    if (known !== undefined) return known
    const way = { id: ++this.#made, state, frame, count, mark: 0 }
    frame.ways.set(key, way)
    this.#ways++
    return way
  }

  #forget(frame: Frame): void {
    if (frame.epoch === this.#epoch) return
    frame.above.clear()
    frame.ways.clear()
    frame.epoch = this.#epoch
  }

  #place(ways: readonly Way[], isEnd: boolean): Place {
    const ids = ways.map(({ id }) => id)
    const key = `${isEnd} ${ids.length > 1 ? ids.sort((a, b) => a - b) : ids}`
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const place = { id: ++this.#made, ways, isEnd, moves: undefined, epoch: this.#epoch }
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
