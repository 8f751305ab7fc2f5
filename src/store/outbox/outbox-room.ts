import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { OutboxKind, OutboxLimits } from './outbox.ts'
import { outboxKindNames, outboxKinds } from './outbox-kinds.ts'

interface Held {
  rows: number
  bytes: number
}

/** Nobody can say when the link will be back. */
const retryAfterSeconds = 60

/** Another process that writes into the same outbox is noticed after this time. */
const lookEveryMs = 1000

export interface OutboxRoomOptions {
  readonly database: DatabaseSync
  readonly limits: OutboxLimits
  readonly clock: Clock
}

/** How full the outbox is. Counts along in memory, and anew when another connection has written or more was undone than it has noted. */
export class OutboxRoom {
  readonly #limits: OutboxLimits
  readonly #clock: Clock
  readonly #version: StatementSync
  readonly #count: StatementSync
  #held: Record<OutboxKind, Held> | undefined
  #all: Held = { rows: 0, bytes: 0 }
  #countedAt: unknown
  /** What was added in the piece of work that is under way. */
  readonly #noted: { readonly kind: OutboxKind; readonly rows: number; readonly bytes: number }[] = []
  /** That work has changed rows already that were then counted with the others. */
  #isCounted = false
  #lookedAt = Number.NEGATIVE_INFINITY
  refused = 0

  constructor({ database, limits, clock }: OutboxRoomOptions) {
    this.#limits = limits
    this.#clock = clock
    this.#version = database.prepare('PRAGMA data_version')
    this.#count = database.prepare(
      'SELECT kind, count(*) AS rows, sum(bytes) AS bytes FROM outbox WHERE finished_at IS NULL GROUP BY kind',
    )
  }

  /** Makes room for one more. Throws `queue-full` when there is none for this kind, `body-too-large`. */
  take(kind: OutboxKind, bytes: number): void {
    const { rows: mostRows, bytes: mostBytes, entryBytes } = this.#limits
    if (bytes > entryBytes) {
      const message = `An entry of the outbox may have ${entryBytes} bytes, this ${kind} has ${bytes}. Send less at once.`
      throw new EdgewiseError('body-too-large', message)
    }
    this.held()
    const all = this.#all
    const { share } = outboxKinds[kind]
    if (all.rows + 1 > mostRows * share || all.bytes + bytes > mostBytes * share) {
      this.refused += 1
      const message = `The outbox is full for ${kind}: ${all.rows} entries of ${all.bytes} bytes wait, and with ${mostRows * share} entries or ${mostBytes * share} bytes no more of this kind are taken in (edge.outbox). Nothing that waits is dropped; try again when the link is back.`
      throw new EdgewiseError('queue-full', message, { retryAfterSeconds })
    }
    this.#add(kind, 1, bytes)
  }

  /** One is finished. */
  leave(kind: OutboxKind, bytes: number): void {
    this.#add(kind, -1, -bytes)
  }

  /** A piece of work begins, of which all or nothing counts. */
  begin(): void {
    this.#noted.length = 0
    this.#isCounted = false
  }

  /** That work is undone, or all of its transaction. */
  undo(what: 'own' | 'all'): void {
    if (what === 'all' || this.#isCounted) this.#held = undefined
    for (const { kind, rows, bytes } of this.#noted.splice(0)) this.#countIn(kind, -rows, -bytes)
    this.#isCounted = false
  }

  held(): Readonly<Record<OutboxKind, Readonly<Held>>> {
    if (this.#held !== undefined && this.#isCurrent()) return this.#held
    if (this.#noted.length > 0) this.#isCounted = true
    const held = Object.fromEntries(outboxKindNames.map((kind) => [kind, { rows: 0, bytes: 0 }]))
    this.#all = { rows: 0, bytes: 0 }
    for (const { kind, rows, bytes } of this.#count.all()) {
      held[String(kind)] = { rows: Number(rows), bytes: Number(bytes) }
      this.#all.rows += Number(rows)
      this.#all.bytes += Number(bytes)
    }
    this.#held = held as Record<OutboxKind, Held>
    return this.#held
  }

  #isCurrent(): boolean {
    const now = this.#clock.monotonic()
    if (now - this.#lookedAt < lookEveryMs) return true
    this.#lookedAt = now
    const before = this.#countedAt
    this.#countedAt = this.#version.get()?.data_version
    return before === this.#countedAt
  }

  #add(kind: OutboxKind, rows: number, bytes: number): void {
    this.#noted.push({ kind, rows, bytes })
    this.#countIn(kind, rows, bytes)
  }

  #countIn(kind: OutboxKind, rows: number, bytes: number): void {
    const held = this.#held?.[kind]
    if (held === undefined) return
    for (const sum of [held, this.#all]) {
      sum.rows += rows
      sum.bytes += bytes
    }
  }
}
