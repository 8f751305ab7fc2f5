import type { DeliveredEpoch, StoredDelivery } from './delivery-book.ts'

export interface EpochRow {
  readonly epoch: string
  readonly sequence: number
  readonly head: string
  readonly closed: string | null
  readonly started_at: number
  readonly updated_at: number
}

/** Why an epoch is closed that another one followed. */
export const epochOver = 'the edge has begun a new epoch since'

export function deliveredEpoch(row: EpochRow): DeliveredEpoch {
  return {
    epoch: row.epoch,
    durableUpTo: row.sequence,
    head: row.head,
    closed: row.closed ?? undefined,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  }
}

export function storedDelivery(row: Record<string, unknown>): StoredDelivery {
  return {
    position: Number(row.position),
    edge: String(row.edge),
    id: String(row.entry),
    kind: String(row.kind),
    epoch: String(row.epoch),
    sequence: Number(row.sequence),
    body: String(row.body),
    enqueuedAt: Number(row.enqueued_at),
    receivedAt: Number(row.received_at),
  }
}
