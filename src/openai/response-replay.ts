import { EdgewiseError } from '../spec/errors.ts'
import type { PlacementKind } from '../spec/plan.ts'
import type { FinishReason, StreamPart } from '../spec/stream-part.ts'
import { type ResponseBody, type ResponseHead, type ResponseStatus, responseBody } from './responses-object.ts'
import { type ResponseEvent, ResponseWriter } from './responses-writer.ts'

const unfinished: ReadonlySet<ResponseStatus> = new Set(['queued', 'in_progress'])

/** False while a background response waits or is being made. */
export function isFinal({ status }: { readonly status: ResponseStatus }): boolean {
  return !unfinished.has(status)
}

/** The first events of a background response's stream, which are known as soon as it is queued. */
export function queuedEvents(body: ResponseBody): readonly ResponseEvent[] {
  const response = responseBody(headOf(body), { status: 'queued', output: [], usage: undefined, place: undefined })
  return [
    { type: 'response.created', sequence_number: 0, response },
    { type: 'response.queued', sequence_number: 1, response },
  ]
}

/** The events that follow `queuedEvents` once the response is final. The same body gives the same events, so that a reader may come back for the rest. */
export function finalEvents(body: ResponseBody): readonly ResponseEvent[] {
  const head = headOf(body)
  const writer = new ResponseWriter(head)
  const made = [...partsOf(body).flatMap((part) => writer.push(part)), ...closing(writer, body)]
  // The writer's first event is of a response that was never queued.
  return made.slice(1).map((event, index) => ({ ...event, sequence_number: index + 2 }))
}

function headOf(body: ResponseBody): ResponseHead {
  const { status: _status, output: _output, edgewise: _place, usage: _usage, ...rest } = body
  const { error: _error, incomplete_details: _incomplete, ...head } = rest
  return head as ResponseHead
}

function partsOf({ output, edgewise }: ResponseBody): readonly StreamPart[] {
  const place: StreamPart[] =
    edgewise === undefined ? [] : [{ ...edgewise, type: 'placement', placement: edgewise.placement as PlacementKind }]
  const parts = output.map((item, index): StreamPart => {
    if (item.type === 'message') return { type: 'text-delta', text: item.content.map(({ text }) => text).join('') }
    const { call_id: id, name, arguments: text } = item
    return { type: 'tool-call-delta', index, id, name, arguments: text }
  })
  return [...place, ...parts]
}

function closing(writer: ResponseWriter, body: ResponseBody): readonly ResponseEvent[] {
  const { status } = body
  if (status === 'failed') return writer.fail(new EdgewiseError('upstream-failed', errorOf(body)))
  if (status === 'cancelled') {
    return [
      ...writer.push({ type: 'text-delta', text: '' }),
      { type: 'response.cancelled', sequence_number: 0, response: body },
    ]
  }
  return writer
    .push({ type: 'finish', reason: finishOf(body), usage: { promptTokens: 0, completionTokens: 0 } })
    .map((event) => (event.type === `response.${status}` ? { ...event, response: body } : event))
}

function errorOf({ error }: ResponseBody): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'it failed'
}

function finishOf({ status, incomplete_details: details, output }: ResponseBody): FinishReason {
  if (status === 'incomplete') {
    const reason = typeof details === 'object' && details !== null && 'reason' in details ? details.reason : undefined
    return reason === 'content_filter' ? 'content-filter' : 'length'
  }
  return output.some(({ type }) => type === 'function_call') ? 'tool-calls' : 'stop'
}
