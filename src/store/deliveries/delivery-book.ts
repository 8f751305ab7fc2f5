import type { SealedBatch, SealedEntry } from '../outbox/outbox.ts'

/** A batch from an edge, with the running hash behind it as this side has computed it. */
export interface ReceivedBatch extends SealedBatch {
  /** Id of the edge, as its key proves it. */
  readonly edge: string
  readonly headAfter: string
}

/** What became of a batch. `taken` and `known` say what the hub has for good. */
export type DeliveryVerdict =
  | {
      readonly verdict: 'taken' | 'known'
      readonly durableUpTo: number
      readonly head: string
      /** Epoch that this batch put an end to by beginning a new one. */
      readonly closedEpoch?: string
    }
  /** The batch begins behind what the hub has: something in between is missing here. */
  | { readonly verdict: 'gap'; readonly durableUpTo: number }
  /** The edge has another past than the one that the hub knows, or an epoch that is over. */
  | { readonly verdict: 'forked'; readonly because: string }

export interface StoredDelivery extends SealedEntry {
  /** Grows with every delivery, of whatever edge. */
  readonly position: number
  readonly edge: string
  readonly epoch: string
  readonly sequence: number
  readonly receivedAt: number
}

export interface DeliveredEpoch {
  readonly epoch: string
  /** The edge may delete everything up to here. */
  readonly durableUpTo: number
  readonly head: string
  /** Why nothing more is taken in under it; undefined for the one that is counted on. */
  readonly closed: string | undefined
  readonly startedAt: number
  readonly updatedAt: number
}

/** What edges have handed over, at their hub. */
export interface DeliveryBook {
  /**
   * Takes a batch in: its rows and the mark up to which the edge may forget, in one transaction. A batch that was taken in before changes nothing, however
   * long ago that was while its epoch goes on. A fork closes the epoch, so that of two edges with one key neither goes on unnoticed.
   */
  accept(batch: ReceivedBatch, now: number): Promise<DeliveryVerdict>
  /** What came after `after`, oldest first. */
  since(after: number, limit: number): Promise<readonly StoredDelivery[]>
  /** The last of one kind from one edge, newest first. */
  latest(of: { readonly edge: string; readonly kind: string }, limit: number): Promise<readonly StoredDelivery[]>
  /** The epochs of an edge, oldest first. */
  epochs(edge: string): Promise<readonly DeliveredEpoch[]>
  /**
   * Forgets up to `limit` deliveries that were received before, and as many marks of epochs that were over before: a batch of one is a fork when it
   * comes again. Where each epoch ended stays, of the newest thousand of an edge. Gives how many rows.
   */
  forget(before: number, limit: number): Promise<number>
}
