import { z } from 'zod'
import type { Decision } from '../../spec/decision.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Outbox } from '../../store/outbox/outbox.ts'
import { summariseDecision } from './decision-summary.ts'

/** What may be said of an answer besides good and bad. No text of a caller's own is taken. */
export const feedbackLabels = [
  'wrong',
  'incomplete',
  'off-topic',
  'badly-formatted',
  'wrong-language',
  'unsafe',
  'refused',
  'too-long',
  'too-slow',
] as const

const feedbackSchema = z.strictObject({
  request_id: z.string().min(1).max(128),
  rating: z.enum(['good', 'bad']),
  label: z.enum(feedbackLabels).optional(),
})

export interface TakeFeedbackOptions {
  readonly outbox: Pick<Outbox, 'enqueue'>
  readonly findDecision: (requestId: string) => Promise<Decision | undefined>
}

/** A rating of one answer, from whoever asked for it. */
export interface Feedback {
  readonly keyId: string
  /** Parsed JSON of the request. */
  readonly body: unknown
}

/** Takes a rating in; on disk when it resolves. */
export type TakeFeedback = (feedback: Feedback) => Promise<{ readonly requestId: string }>

/** Throws `invalid-request`, `not-found` for a request that this key never made, and what the outbox throws. */
export function feedbackTaker({ outbox, findDecision }: TakeFeedbackOptions): TakeFeedback {
  return async ({ keyId, body }) => {
    const { request_id: requestId, rating, label } = read(body)
    const decision = await findDecision(requestId)
    if (decision?.keyId !== keyId)
      throw new EdgewiseError('not-found', 'No decision is kept under this request id.', { param: 'request_id' })
    const about = summariseDecision(decision)
    await outbox.enqueue({ kind: 'feedback', body: { requestId, rating, ...(label && { label }), about } })
    return { requestId }
  }
}

const expected: Readonly<Record<string, string>> = {
  request_id: 'the x-edgewise-request-id of an answer',
  rating: 'good or bad',
  label: `one of ${feedbackLabels.join(', ')}`,
}

function read(body: unknown) {
  const parsed = feedbackSchema.safeParse(body)
  if (parsed.success) return parsed.data
  const param = String(parsed.error.issues[0]?.path[0] ?? '')
  const message =
    expected[param] === undefined
      ? `Feedback has request_id, rating and perhaps label: ${Object.values(expected).join('; ')}.`
      : `${param} must be ${expected[param]}`
  throw new EdgewiseError('invalid-request', message, param === '' ? {} : { param })
}
