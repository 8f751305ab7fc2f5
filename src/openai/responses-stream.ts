import type { AnswerEncoder } from './http/answer-stream.ts'
import type { ResponseBody, ResponseHead } from './responses-object.ts'
import { type ResponseEvent, ResponseWriter } from './responses-writer.ts'

export interface ResponsesStreamOptions {
  readonly head: ResponseHead
  /** Told of the response as it ended, before its last event goes out. */
  readonly onEnd: (body: ResponseBody) => void
}

/** Turns one answer into the typed events of a streamed response. They carry the name of their type as event, and no `[DONE]` follows. */
export function createResponsesStreamEncoder({ head, onEnd }: ResponsesStreamOptions): AnswerEncoder {
  const writer = new ResponseWriter(head)
  const sent = (events: readonly ResponseEvent[]) => {
    if (events.length > 0 && writer.hasEnded) onEnd(writer.body)
    return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
  }
  return {
    push: (part) => sent(writer.push(part)),
    error: (error) => sent(writer.fail(error)),
  }
}
