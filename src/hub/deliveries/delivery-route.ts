import type { Context } from 'hono'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { DeliveryBook } from '../../store/deliveries/delivery-book.ts'
import { acceptDelivery } from '../../sync/delivery/hub.ts'
import { largestDeliveryBytes } from '../../sync/delivery/protocol.ts'
import { apiKeyCaller } from '../limits/caller-limits.ts'
import type { HubVariables } from '../server/access.ts'
import type { Admission } from './admission.ts'

export interface DeliveryRouteOptions {
  readonly deliveries: DeliveryBook
  readonly admission: Admission
  readonly clock: Clock
  readonly onNotice: (notice: string) => void
}

const bodyMs = 30_000

/** Where edges hand over what they have queued. Answers when it is on disk. */
export function deliveryRoute({ deliveries, admission, clock, onNotice }: DeliveryRouteOptions) {
  return async (context: Context<HubVariables>): Promise<Response> => {
    const edge = context.get('caller')
    if (edge === apiKeyCaller) {
      throw new EdgewiseError(
        'edge-unknown',
        'Only a joined edge hands over deliveries; an API key does not say which.',
      )
    }
    const arrival = admission.arrive(edge)
    const late = new AbortController()
    const stop = clock.after(bodyMs, () =>
      late.abort(new EdgewiseError('request-timeout', `The delivery was not complete after ${bodyMs} ms.`)),
    )
    try {
      const text = await readBody({ request: context.req.raw, maxBytes: largestDeliveryBytes, signal: late.signal })
      const body = parseJsonBody({ text })
      // Only now: a body that comes slowly holds up nobody but its own edge.
      arrival.enter()
      return context.json(await acceptDelivery({ book: deliveries, clock, edge, body, onNotice }))
    } finally {
      stop()
      arrival.leave()
    }
  }
}
