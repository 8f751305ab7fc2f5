import type { Clock } from '../../spec/ports.ts'
import { findOutliers, type MemberRecord } from './outlier.ts'

export interface EjectableMember {
  readonly name: string
  record(): MemberRecord
  /** Forgets the record, so that a member comes back without its past. */
  forget(): void
}

export interface OutlierEjectionOptions {
  /** Members that offer the same model. */
  readonly members: readonly EjectableMember[]
  readonly clock: Clock
  /** Share of the members that may be out at the same time; one may, whatever the share, but never all. */
  readonly mostShare?: number
}

const lookEveryMs = 1_000
/** Grows with each ejection, as Envoy's does. */
const ejectionMs = 30_000
const longestEjectionMs = 300_000
/** One past ejection is forgotten after this time without another. */
const forgiveMs = 60_000

interface Ejection {
  readonly untilMs: number
  readonly times: number
  readonly because: string
}

/** Takes members out that are outliers among those that offer the same model, each time for longer. */
export class OutlierEjection {
  readonly #options: Required<OutlierEjectionOptions>
  readonly #ejections = new Map<string, Ejection>()
  #lookedAt = Number.NEGATIVE_INFINITY
  #count = 0

  constructor({ members, clock, mostShare = 0.5 }: OutlierEjectionOptions) {
    this.#options = { members, clock, mostShare }
  }

  /** Ejections so far. */
  get count(): number {
    return this.#count
  }

  /** Why a member is out now, or undefined. */
  ejected(name: string): string | undefined {
    return this.ejectedForMs(name) > 0 ? this.#ejections.get(name)?.because : undefined
  }

  ejectedForMs(name: string): number {
    return (this.#ejections.get(name)?.untilMs ?? 0) - this.#options.clock.monotonic()
  }

  /** Looks at the records, once a second at most. */
  look(): void {
    const { members, clock, mostShare } = this.#options
    const now = clock.monotonic()
    if (members.length < 2 || now - this.#lookedAt < lookEveryMs) return
    this.#lookedAt = now
    const inside = members.filter(({ name }) => this.ejected(name) === undefined)
    const most = Math.min(members.length - 1, Math.max(1, Math.floor(members.length * mostShare)))
    const room = most - (members.length - inside.length)
    if (room <= 0) return
    for (const { name, because } of findOutliers(inside.map((member) => member.record())).slice(0, room)) {
      this.#eject(name, because)
      inside.find((member) => member.name === name)?.forget()
    }
  }

  #eject(name: string, because: string): void {
    const now = this.#options.clock.monotonic()
    const last = this.#ejections.get(name)
    const forgiven = last === undefined ? 0 : Math.floor((now - last.untilMs) / forgiveMs)
    const times = Math.max(0, (last?.times ?? 0) - forgiven) + 1
    this.#ejections.set(name, { untilMs: now + Math.min(longestEjectionMs, ejectionMs * times), times, because })
    this.#count += 1
  }
}
