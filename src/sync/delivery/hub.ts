import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { DeliveryBook } from '../../store/deliveries/delivery-book.ts'
import { chainHead } from '../../store/outbox/chain.ts'
import { type DeliveryAnswer, deliverySchema } from './protocol.ts'

export interface AcceptDeliveryOptions {
  readonly book: DeliveryBook
  readonly clock: Clock
  /** Id of the edge, as the key of its connection proves it. */
  readonly edge: string
  /** Parsed JSON of the request. */
  readonly body: unknown
  /** Told of what an operator should know: a fork, a gap, a new epoch that ends another. */
  readonly onNotice: (notice: string) => void
}

/**
 * The hub's half of the hand-over: resolves when the batch is on disk, or was before. Throws `invalid-request`, `delivery-gap` and `delivery-forked`, with
 * nothing taken in, and what the store throws.
 */
export async function acceptDelivery(options: AcceptDeliveryOptions): Promise<DeliveryAnswer> {
  const { book, clock, edge, onNotice } = options
  const { epoch, first, head, entries } = readDelivery(options.body)
  const headAfter = chainHead(head, { first, entries })
  const verdict = await book.accept({ edge, epoch, first, head, entries, headAfter }, clock.now())
  const who = `edge ${edge.slice(0, 12)}`
  switch (verdict.verdict) {
    case 'taken':
    case 'known': {
      const { durableUpTo, head: reached, closedEpoch } = verdict
      if (closedEpoch !== undefined) onNotice(`${who} has begun the new epoch ${epoch}; ${closedEpoch} is over`)
      return { durableUpTo, head: reached }
    }
    case 'gap': {
      const message = `This hub has ${verdict.durableUpTo} entries of epoch ${epoch} of ${who}, and was sent one that begins with ${first}: what is between is not here.`
      onNotice(message)
      throw new EdgewiseError('delivery-gap', message)
    }
    case 'forked': {
      const message = `Nothing of ${who} was taken in: ${verdict.because}. Its store was restored from a copy, or a second edge runs with the same key. Mend that, then begin a new epoch there: edgewise store new-epoch.`
      onNotice(message)
      throw new EdgewiseError('delivery-forked', message)
    }
    default:
      verdict satisfies never
      throw new TypeError('no such verdict')
  }
}

function readDelivery(body: unknown) {
  const parsed = deliverySchema.safeParse(body)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'is no delivery' }
  const param = path.join('.')
  throw new EdgewiseError('invalid-request', `${param || 'the body'} ${message}`, { param })
}
