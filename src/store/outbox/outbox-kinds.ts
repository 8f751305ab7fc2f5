import type { OutboxKind } from './outbox.ts'

interface KindOfEntry {
  /** Share of the outbox that may be full when one more of this kind is still taken in. */
  readonly share: number
  /** Kinds with a higher number are handed over first. */
  readonly rank: number
  /** Whether a delivered entry is remembered for a while, or gone at once. */
  readonly isRemembered: boolean
}

/** What tells kinds apart. A new kind is one more row. */
export const outboxKinds: Readonly<Record<OutboxKind, KindOfEntry>> = {
  'ledger-checkpoint': { share: 1, rank: 3, isRemembered: false },
  'background-request': { share: 1, rank: 2, isRemembered: true },
  feedback: { share: 0.9, rank: 1, isRemembered: false },
  telemetry: { share: 0.8, rank: 0, isRemembered: false },
}

export const outboxKindNames = Object.keys(outboxKinds) as readonly OutboxKind[]
