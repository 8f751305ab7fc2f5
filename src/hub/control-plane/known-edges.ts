import { asEdgewiseError, type EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { JoinedEdge, JoinedEdges } from '../../store/store.ts'

/** Another process may revoke an edge; this one knows after this time at the latest. */
const freshMs = 1_000
/** When an edge was last seen is written at most this often. */
const touchEveryMs = 60_000

export interface KnownEdgesOptions {
  readonly edges: JoinedEdges
  readonly clock: Clock
  readonly onError: (error: EdgewiseError) => void
}

export interface WatchOptions {
  /** Ids of the edges that have a connection, or work under way. */
  readonly present: () => ReadonlySet<string>
  readonly cutOff: (id: string) => Promise<void>
  readonly signal: AbortSignal
}

/** The joined edges as of a second ago at most, so that a request does not cost a query. */
export class KnownEdges {
  readonly #options: KnownEdgesOptions
  readonly #touchedAt = new Map<string, number>()
  #readAt = Number.NEGATIVE_INFINITY
  #byId: Promise<ReadonlyMap<string, JoinedEdge>> = Promise.resolve(new Map())

  constructor(options: KnownEdgesOptions) {
    this.#options = options
  }

  async find(id: string): Promise<JoinedEdge | undefined> {
    return (await this.#current()).get(id)
  }

  /** Forgets what was read: the next question goes to the store. */
  refresh(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  /** Notes that the edge is here, now and then. */
  seen(id: string): void {
    const { edges, clock, onError } = this.#options
    const now = clock.monotonic()
    if (now - (this.#touchedAt.get(id) ?? Number.NEGATIVE_INFINITY) < touchEveryMs) return
    this.#touchedAt.set(id, now)
    edges.touch(id, clock.now()).catch((thrown) => onError(asEdgewiseError(thrown)))
  }

  /** Looks every second for edges that are present and were revoked, by whatever process, until the signal aborts. */
  async watch({ present, cutOff, signal }: WatchOptions): Promise<void> {
    const { clock, onError } = this.#options
    const delay = clock.backgroundDelay ?? clock.delay
    while (!signal.aborted) {
      await delay(freshMs, signal).catch(() => {})
      const ids = present()
      if (signal.aborted || ids.size === 0) continue
      try {
        const byId = await this.#current()
        for (const id of ids) if (byId.get(id)?.revokedAt !== undefined) await cutOff(id)
      } catch (thrown) {
        onError(asEdgewiseError(thrown))
      }
    }
  }

  #current(): Promise<ReadonlyMap<string, JoinedEdge>> {
    const now = this.#options.clock.monotonic()
    if (now - this.#readAt < freshMs) return this.#byId
    this.#readAt = now
    this.#byId = this.#options.edges.list().then((list) => new Map(list.map((edge) => [edge.id, edge])))
    // A failed reading is not kept.
    this.#byId.catch(() => this.refresh())
    return this.#byId
  }
}
