import type { DeliveryBook } from '../../store/deliveries/delivery-book.ts'

/** A checkpoint as its edge signed it and this hub keeps it. */
export interface EdgeCheckpoint {
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** Name of the ledger. */
  readonly ledger: string
  /** So many entries it vouches for. */
  readonly entries: number
  /** The signed note. */
  readonly note: string
}

export interface EdgeCheckpointsOptions {
  readonly deliveries: Pick<DeliveryBook, 'latest'>
  /** Whole id. */
  readonly edge: string
  readonly limit: number
}

/** The last checkpoints that an edge has handed over, newest first. What has not the form of one is left out; signatures are for `ledger verify` to check. */
export async function edgeCheckpoints(options: EdgeCheckpointsOptions): Promise<readonly EdgeCheckpoint[]> {
  const { deliveries, edge, limit } = options
  const rows = await deliveries.latest({ edge, kind: 'ledger-checkpoint' }, limit)
  return rows.flatMap(({ body, receivedAt }) => {
    const note: unknown = JSON.parse(body)
    const [, ledger, entries] = (typeof note === 'string' && /^([^\n]+)\n(\d{1,15})\n/.exec(note)) || []
    return ledger === undefined ? [] : [{ receivedAt, ledger, entries: Number(entries), note: String(note) }]
  })
}
