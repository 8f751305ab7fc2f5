import type { AnswerEncoder } from './http/answer-stream.ts'
import type { ResponseBody, ResponseHead } from './responses-object.ts'
import { type ResponseEvent, ResponseWriter } from './responses-writer.ts'

export interface ResponsesStreamOptions {
  readonly head: ResponseHead
  /** Told of the response as it ended, before its last event goes out; gives it back as that event should tell it. */
  readonly onEnd: (body: ResponseBody) => ResponseBody
}

/** Turns one answer into the typed events of a streamed response. They carry the name of their type as event, and no `[DONE]` follows. */
export function createResponsesStreamEncoder({ head, onEnd }: ResponsesStreamOptions): AnswerEncoder {
  const writer = new ResponseWriter(head)
  const sent = (events: readonly ResponseEvent[]) => {
    const last = events.at(-1)
    if (last === undefined || !writer.hasEnded) return events.map(written).join('')
    return [...events.slice(0, -1), { ...last, response: onEnd(writer.body) }].map(written).join('')
  }
  return {
    push: (part) => sent(writer.push(part)),
    error: (error) => sent(writer.fail(error)),
  }
}

function written(event: ResponseEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
