import { type ResponseBody, responseBody } from '../../openai/responses-object.ts'
import type { EdgewiseError, ErrorCode } from '../../spec/errors.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Exchange } from '../exchange.ts'
import type { ReadResponses } from '../server/read-responses.ts'
import { createTrace } from '../trace.ts'

/** How one attempt at a background request ended: for good, or for another attempt. */
export type RunEnd =
  | { readonly is: 'final'; readonly body: ResponseBody; readonly failedBecause?: string }
  | { readonly is: 'unfinished'; readonly error: EdgewiseError }

export interface ExchangeOptions {
  readonly id: string
  readonly keyId: string
  readonly asked: ReadResponses
  readonly mode: InferenceMode
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** The exchange of one attempt. A hub goes on with it when this edge is gone. */
export function backgroundExchange({ id, keyId, asked, mode, signal, clock }: ExchangeOptions): Exchange {
  const { request, conversation, recordedConversation } = asked
  const requestedModel = request.model
  return {
    request: { ...request, conversation, priority: 'background', isDetached: true },
    keyId,
    conversation,
    streaming: false,
    mode,
    signal,
    trace: createTrace({
      requestId: id,
      keyId,
      conversation: recordedConversation,
      requestedModel,
      streaming: false,
      clock,
    }),
  }
}

/** The end of a request that can never be answered. */
export function failure({ head }: ReadResponses, { message }: EdgewiseError): RunEnd & { readonly is: 'final' } {
  const error = { code: 'server_error', message }
  const body = responseBody(head, { status: 'failed', output: [], usage: undefined, place: undefined, error })
  return { is: 'final', body, failedBecause: message }
}

/** Failures of a run that may be the request's own fault: when they come again and again, it has failed. */
const telling: ReadonlySet<ErrorCode> = new Set([
  'upstream-failed',
  'upstream-timeout',
  'engine-crashed',
  'request-timeout',
])

export function mayBeItsOwnFault({ code }: EdgewiseError): boolean {
  return telling.has(code)
}
