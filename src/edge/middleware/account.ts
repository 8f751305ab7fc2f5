import type { Decision } from '../../spec/decision.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Middleware } from '../exchange.ts'
import { type ModelNames, recordedModel } from '../model-names.ts'
import { tap } from '../tap.ts'

export interface AccountOptions {
  /** The models that records may name. */
  readonly names: () => ModelNames
  /** Bytes and destinations that egress recorded for a request, and forgets afterwards. */
  readonly takeSent: (requestId: string) => Omit<Decision['sent'], 'disclosed'>
  readonly onDecision: (decision: Decision) => void
}

/** Sees every answer leave, and concludes exactly one decision per request, whichever way it ends. */
export function account({ names, takeSent, onDecision }: AccountOptions): Middleware {
  return async ({ request, trace, ...rest }, next) => {
    const conclude = (error: EdgewiseError | undefined) => {
      const decision = trace.conclude({ error, sent: takeSent(request.id) })
      onDecision({ ...decision, requestedModel: recordedModel(decision.requestedModel, names()) })
    }
    try {
      const answer = await next({ request, trace, ...rest })
      let hasFinished = false
      const parts = tap(answer.parts, {
        onPart(part) {
          trace.saw(part)
          hasFinished ||= part.type === 'finish'
        },
        onEnd({ error, left }) {
          if (error !== undefined || hasFinished) conclude(error)
          else if (left) conclude(reasonToLeave(rest.signal))
          else conclude(new EdgewiseError('internal', 'the answer ended without a finish part'))
        },
      })
      return { ...answer, parts }
    } catch (error) {
      conclude(asEdgewiseError(error))
      throw error
    }
  }
}

/** A client that reads slowly has its answer taken away by the deadline or the shutdown: then that is the reason, not the client. */
function reasonToLeave(signal: AbortSignal): EdgewiseError {
  if (signal.aborted) return asEdgewiseError(signal.reason)
  return new EdgewiseError('aborted', 'the client left before the answer was complete')
}
