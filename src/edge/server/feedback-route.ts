import type { Context } from 'hono'
import { parseJsonBody } from '../../openai/json-body.ts'
import type { TakeFeedback } from '../telemetry/feedback.ts'
import type { AccessVariables } from './access.ts'
import { type ReadExchangeOptions, readArrival } from './read-exchange.ts'

/** Feedback is a few words. */
const mostBytes = 1024
const mostMs = 10_000

/** `POST /edgewise/v1/feedback`: 202 when the rating is on disk. */
export function feedbackRoute(take: TakeFeedback, options: ReadExchangeOptions) {
  return async (context: Context<AccessVariables>): Promise<Response> => {
    const arrival = await readArrival(context, { ...options, bodyBytes: mostBytes, requestMs: mostMs })
    try {
      const { requestId } = await take({ keyId: arrival.keyId, body: parseJsonBody({ text: arrival.text }) })
      return Response.json({ object: 'edgewise.feedback', request_id: requestId }, { status: 202 })
    } finally {
      arrival.release()
    }
  }
}
