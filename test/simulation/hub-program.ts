import { asEdgewiseError } from '../../src/spec/errors.ts'
import type { Clock } from '../../src/spec/ports.ts'
import type { DeliveryBook } from '../../src/store/deliveries/delivery-book.ts'
import { acceptDelivery } from '../../src/sync/delivery/hub.ts'

export interface HubReply {
  readonly status: number
  readonly body: string
}

/** Answers one delivery of an edge as the hub's server does: what was taken in, or the error with its status. Never rejects. */
export async function answerDelivery(
  { book, clock }: { readonly book: DeliveryBook; readonly clock: Clock },
  edge: string,
  request: string,
): Promise<HubReply> {
  try {
    const body: unknown = JSON.parse(request)
    const answer = await acceptDelivery({ book, clock, edge, body, onNotice: () => {} })
    return { status: 200, body: JSON.stringify(answer) }
  } catch (thrown) {
    const { status, code, message } = asEdgewiseError(thrown)
    return { status, body: JSON.stringify({ error: { code, message } }) }
  }
}
