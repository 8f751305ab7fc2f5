import { chainStart } from '../outbox/chain.ts'
import type { DeliveryVerdict, ReceivedBatch } from './delivery-book.ts'

/** What is known of an epoch. */
export interface KnownEpoch {
  readonly epoch: string
  readonly sequence: number
  readonly head: string
  readonly closed: string | null
}

export interface JudgeOptions {
  readonly batch: ReceivedBatch
  /** The epoch of the batch, if there is such a one. */
  readonly own: KnownEpoch | undefined
  /** Running hash that was once reached with the last number of this batch, if it was. */
  readonly headThere: string | undefined
}

/**
 * What to do with a batch. It either goes on exactly where the epoch stands, or is one that was taken in before, or begins a new epoch; nothing else is ever
 * merged. Pure.
 */
export function judgeBatch({ batch, own, headThere }: JudgeOptions): DeliveryVerdict | 'append' | 'begin' {
  const { epoch, first, head, entries, headAfter } = batch
  if (own === undefined) {
    if (first !== 1) return { verdict: 'gap', durableUpTo: 0 }
    return head === chainStart(epoch) ? 'begin' : forked('its first batch does not begin where an epoch begins')
  }
  const last = first + entries.length - 1
  // Whoever was answered late and asks again is told the same again, also when the epoch is over.
  const reached = last === 0 ? chainStart(epoch) : headThere
  if (last <= own.sequence && reached === headAfter) {
    return { verdict: 'known', durableUpTo: own.sequence, head: own.head }
  }
  if (own.closed !== null) return forked(own.closed)
  if (first > own.sequence + 1) return { verdict: 'gap', durableUpTo: own.sequence }
  if (first === own.sequence + 1 && head === own.head) return 'append'
  return forked(`it sends entry ${first}, and this hub has ${own.sequence} of its entries already, with other contents`)
}

function forked(because: string): DeliveryVerdict {
  return { verdict: 'forked', because }
}
