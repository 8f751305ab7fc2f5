import type { DatabaseSync } from 'node:sqlite'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { Random } from '../../src/spec/ports.ts'
import { GroupCommit } from '../../src/store/group-commit.ts'
import type { Outbox } from '../../src/store/outbox/outbox.ts'
import { createSqliteOutbox } from '../../src/store/outbox/sqlite-outbox.ts'
import { deliverySchema } from '../../src/sync/delivery/protocol.ts'
import type { Machine } from './disasters.ts'
import { startEdgeProgram } from './edge-program.ts'
import type { JournalEvent } from './journal.ts'
import { clockOfLife, WallClock } from './node-clock.ts'
import { openTo } from './open-to.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { SimulatedHub } from './simulated-hub.ts'
import { SimulatedLink } from './simulated-network.ts'
import type { SimulatedTime } from './simulated-time.ts'

export interface SimulatedEdgeOptions {
  readonly name: string
  readonly time: SimulatedTime
  readonly random: Random
  readonly disk: SimulatedDisk
  readonly hub: SimulatedHub
  /** Told of forks and gaps. */
  readonly onTrouble: (error: EdgewiseError) => void
}

/** Longest time between what the store says and the moment at which the application hears it; the edge may die in between. */
const longestAnswerMs = 3

const limits = { rows: 2_000_000, bytes: 2 ** 30, entryBytes: 2 ** 20 }

/** One edge: its disk, its clock, its link, and a program that comes and goes. */
export class SimulatedEdge implements Machine {
  readonly name: string
  readonly wall: WallClock
  readonly link: SimulatedLink
  readonly #options: SimulatedEdgeOptions
  readonly #traffic = { sent: 0, repeated: 0 }
  readonly #sentBefore = new Set<string>()
  #life: AbortController | undefined
  #outbox: Outbox | undefined
  #kept: (() => ReadonlySet<string> | undefined) | undefined

  constructor(options: SimulatedEdgeOptions) {
    const { name, time, random } = options
    this.name = name
    this.wall = new WallClock(time)
    this.link = new SimulatedLink(time, random)
    this.#options = options
  }

  /** Entries that went over the link, and how many of them had gone before. */
  get traffic(): { readonly sent: number; readonly repeated: number } {
    return this.#traffic
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  /** Keys of what is on the disk and not finished, when that may have changed since the last call. */
  keptIfChanged(): ReadonlySet<string> | undefined {
    return this.#kept?.()
  }

  async start(): Promise<void> {
    const { name, time, random, disk, hub, onTrouble } = this.#options
    const life = new AbortController()
    this.#life = life
    const database = disk.open()
    this.#kept = keptKeys(database)
    const clock = clockOfLife(time, this.wall, life.signal)
    const commits = new GroupCommit({ database, path: name })
    const outbox = createSqliteOutbox({ database, commits, clock, random, limits })
    this.#outbox = outbox
    const reach = <T>(serve: () => Promise<T> | undefined) =>
      this.link.call(() => (life.signal.aborted ? undefined : serve()))
    await startEdgeProgram({
      outbox,
      clock,
      random,
      onTrouble,
      probe: () => reach(() => hub.ping()),
      open: openTo((request) => {
        this.#count(request)
        return reach(() => hub.serve(name, request))
      }),
    })
  }

  /** As when its power fails: nobody is told. */
  crash(): void {
    this.#kept = undefined
    this.#outbox = undefined
    this.#life?.abort(new EdgewiseError('aborted', `${this.name} has crashed`))
    this.#life = undefined
    this.#options.disk.crash()
  }

  /** Resolves when the application hears that the event is safe. Rejects with `aborted` when the edge is down, or dies before. */
  enqueue(event: JournalEvent): Promise<void> {
    const life = this.#life
    const enqueued = this.#outbox?.enqueue({
      kind: 'feedback',
      body: event,
      orderingKey: event.lane,
      idempotencyKey: event.key,
    })
    if (life === undefined || enqueued === undefined) {
      return Promise.reject(new EdgewiseError('aborted', `${this.name} is down`))
    }
    const { time, random } = this.#options
    return new Promise((resolve, reject) => {
      life.signal.addEventListener('abort', () => reject(life.signal.reason), { once: true })
      enqueued.then(() => time.after(random() * longestAnswerMs, () => !life.signal.aborted && resolve()), reject)
    })
  }

  #count(request: string): void {
    if (this.link.isCut) return
    for (const { id } of deliverySchema.parse(JSON.parse(request)).entries) {
      this.#traffic.sent += 1
      if (this.#sentBefore.has(id)) this.#traffic.repeated += 1
      this.#sentBefore.add(id)
    }
  }
}

function keptKeys(database: DatabaseSync): () => ReadonlySet<string> | undefined {
  const counter = database.prepare('SELECT total_changes() AS changes')
  const unfinished = database.prepare('SELECT idempotency_key AS key FROM outbox WHERE finished_at IS NULL')
  let seenChanges: number | undefined
  return () => {
    const changes = Number(counter.get()?.changes)
    if (changes === seenChanges) return undefined
    seenChanges = changes
    return new Set(unfinished.all().map(({ key }) => String(key)))
  }
}
