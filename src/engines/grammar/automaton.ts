import type { ByteRanges } from './code-points.ts'

/** Bytes that lead to another state. */
export interface Edge {
  readonly first: number
  readonly last: number
  readonly to: State
}

/** A state of the automaton of a rule. */
export interface State {
  readonly id: number
  readonly edges: Edge[]
  /** States that are reached without a byte. */
  readonly empty: State[]
  /** Rules that may be read from here, and where their end leads. */
  readonly calls: { readonly rule: State; readonly to: State }[]
  /** The end of its rule. */
  readonly isEnd: boolean
  /** In front of a character of a JSON string: how many it may have. */
  readonly bounds: { readonly least: number; readonly most: number } | undefined
  /** Inside a character of a string whose characters are counted. */
  readonly isCounting: boolean
}

export type StateKind = Partial<Pick<State, 'isEnd' | 'bounds' | 'isCounting'>>

/** Makes the states of an automaton, up to a limit. */
export class StateMaker {
  readonly #most: number
  readonly #refuse: () => never
  #made = 0

  constructor(most: number, refuse: () => never) {
    this.#most = most
    this.#refuse = refuse
  }

  state({ isEnd = false, bounds, isCounting = false }: StateKind = {}): State {
    if (this.#made >= this.#most) this.#refuse()
    return { id: this.#made++, edges: [], empty: [], calls: [], isEnd, bounds, isCounting }
  }

  /** Leads from one state to the other over any of these bytes, one after the other. */
  connect(from: State, to: State, run: ByteRanges, kind: StateKind = {}): void {
    let state = from
    let left = run.length
    for (const [first, last] of run) {
      const next = --left === 0 ? to : this.state(kind)
      state.edges.push({ first, last, to: next })
      state = next
    }
  }
}
