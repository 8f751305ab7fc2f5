import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Clock, Random } from '../../src/spec/ports.ts'
import type { DeliveryBook } from '../../src/store/deliveries/delivery-book.ts'
import { createSqliteDeliveries } from '../../src/store/deliveries/sqlite-deliveries.ts'
import { GroupCommit } from '../../src/store/group-commit.ts'
import type { Machine } from './disasters.ts'
import { answerDelivery, type HubReply } from './hub-program.ts'
import type { JournalEvent } from './journal.ts'
import { clockOfLife, WallClock } from './node-clock.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { SimulatedTime } from './simulated-time.ts'

export interface SimulatedHubOptions {
  readonly time: SimulatedTime
  readonly random: Random
  readonly disk: SimulatedDisk
}

/** Longest time a request waits for its turn, and its answer for its. The hub may die in either. */
const longestTurnMs = 10

/** The hub: its disk, its clock, and a program that comes and goes. */
export class SimulatedHub implements Machine {
  readonly wall: WallClock
  readonly #options: SimulatedHubOptions
  #life: AbortController | undefined
  #program: { readonly book: DeliveryBook; readonly clock: Clock } | undefined
  #arrivals: StatementSync | undefined
  #marks: StatementSync | undefined
  #seen = 0

  constructor(options: SimulatedHubOptions) {
    this.wall = new WallClock(options.time)
    this.#options = options
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  async start(): Promise<void> {
    const { time, disk } = this.#options
    const life = new AbortController()
    const database = disk.open()
    this.#life = life
    this.#watch(database)
    const commits = new GroupCommit({ database, path: 'hub' })
    this.#program = {
      book: createSqliteDeliveries({ database, commits }),
      clock: clockOfLife(time, this.wall, life.signal),
    }
  }

  crash(): void {
    this.#life?.abort()
    this.#life = undefined
    this.#program = undefined
    this.#options.disk.crash()
  }

  /** Undefined when nobody is there; never settles when the hub dies over it. */
  serve(edge: string, request: string): Promise<HubReply> | undefined {
    const [life, program] = [this.#life, this.#program]
    if (life === undefined || program === undefined) return undefined
    const { time, random } = this.#options
    const inTurn = () =>
      new Promise<void>((resolve) => {
        time.after(random() * longestTurnMs, () => !life.signal.aborted && resolve())
      })
    return (async () => {
      await inTurn()
      const reply = await answerDelivery(program, edge, request)
      await inTurn()
      return reply
    })()
  }

  /** Undefined when nobody is there. */
  ping(): Promise<void> | undefined {
    return this.isUp ? Promise.resolve() : undefined
  }

  /** What has come in since the last call. */
  arrivals(): readonly JournalEvent[] {
    const rows = this.isUp ? (this.#arrivals?.all(this.#seen) ?? []) : []
    return rows.map(({ position, body }) => {
      this.#seen = Number(position)
      return JSON.parse(String(body)) as JournalEvent
    })
  }

  /** The high-water marks, by edge and epoch. */
  marks(): readonly (readonly [name: string, sequence: number])[] {
    const rows = this.isUp ? (this.#marks?.all() ?? []) : []
    return rows.map(({ edge, epoch, sequence }) => [`${edge} ${epoch}`, Number(sequence)] as const)
  }

  #watch(database: DatabaseSync): void {
    this.#arrivals = database.prepare('SELECT position, body FROM deliveries WHERE position > ? ORDER BY position')
    this.#marks = database.prepare('SELECT edge, epoch, sequence FROM delivery_epochs')
  }
}
