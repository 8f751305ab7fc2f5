import { EdgewiseError } from '../spec/errors.ts'
import type { FinishReason, StreamPart } from '../spec/stream-part.ts'
import { type EdgewiseField, edgewiseField, type LogprobField, logprobField } from './answer-fields.ts'
import { errorBody } from './error-body.ts'
import { type FunctionCallItem, itemId, type OutputItem, type OutputMessageItem } from './responses-items.ts'
import {
  type ResponseBody,
  type ResponseHead,
  type ResponseState,
  type ResponseStatus,
  responseBody,
} from './responses-object.ts'

/** One typed event of a streamed response. */
export interface ResponseEvent {
  readonly type: string
  readonly sequence_number: number
  readonly [field: string]: unknown
}

type Fields = Readonly<Record<string, unknown>>

/** Puts the parts of one answer together to a response, and tells each step as OpenAI's events do. */
export class ResponseWriter {
  readonly #head: ResponseHead
  readonly #items: OpenItem[] = []
  readonly #calls = new Map<number, OpenCall>()
  #message: OpenMessage | undefined
  #sequence = 0
  #status: ResponseStatus = 'in_progress'
  #rest: Pick<ResponseState, 'incomplete' | 'error'> = {}
  #usage: ResponseState['usage']
  #place: EdgewiseField | undefined

  constructor(head: ResponseHead) {
    this.#head = head
  }

  /** True when the answer has its end, good or bad. */
  get hasEnded(): boolean {
    return this.#status !== 'in_progress'
  }

  /** The response object of this moment. */
  get body(): ResponseBody {
    const output = this.#items.map((item) => item.field())
    return responseBody(this.#head, {
      ...this.#rest,
      status: this.#status,
      output,
      usage: this.#usage,
      place: this.#place,
    })
  }

  /** Takes the next part. Throws `internal` after the end. */
  push(part: StreamPart): readonly ResponseEvent[] {
    if (this.hasEnded) throw new EdgewiseError('internal', `a ${part.type} part came after the end of the answer`)
    const events = this.#begin()
    switch (part.type) {
      case 'text-delta':
        if (part.text !== '' || part.logprobs !== undefined) this.#text(part, events)
        return events
      case 'tool-call-delta':
        this.#call(part, events)
        return events
      case 'placement':
        this.#moved(edgewiseField(part), events)
        return events
      case 'finish':
        this.#finish(part, events)
        return events
      default:
        return part satisfies never
    }
  }

  /** The explicit end of an answer that failed; nothing when it has ended. */
  fail(error: EdgewiseError): readonly ResponseEvent[] {
    if (this.hasEnded) return []
    const events = this.#begin()
    const { message, code, param } = errorBody(error).error
    for (const item of this.#items) item.cut()
    this.#status = 'failed'
    // OpenAI's list of codes in a response is closed; the event before it has our own.
    this.#rest = { error: { code: error.status === 429 ? 'rate_limit_exceeded' : 'server_error', message } }
    events.push(this.#event('error', { code, message, param }))
    events.push(this.#event('response.failed', { response: this.body }))
    return events
  }

  #begin(): ResponseEvent[] {
    if (this.#sequence > 0) return []
    const response = this.body
    return [this.#event('response.created', { response }), this.#event('response.in_progress', { response })]
  }

  #event(type: string, fields: Fields): ResponseEvent {
    return { type, sequence_number: this.#sequence++, ...fields }
  }

  /** An answer that has begun goes on elsewhere: said at once, by a delta without text. */
  #moved(place: EdgewiseField, events: ResponseEvent[]): void {
    this.#place = place
    const message = this.#message
    if (message === undefined) return
    events.push(this.#event('response.output_text.delta', { ...message.delta('', []), edgewise: place }))
  }

  #text(part: StreamPart & { type: 'text-delta' }, events: ResponseEvent[]): void {
    const message = this.#message ?? this.#openMessage(events)
    const logprobs = (part.logprobs ?? []).map(logprobField)
    message.add(part.text, logprobs)
    events.push(this.#event('response.output_text.delta', message.delta(part.text, logprobs)))
  }

  #openMessage(events: ResponseEvent[]): OpenMessage {
    const index = this.#items.length
    const message = new OpenMessage(itemId('message', this.#head.id, String(index)), index)
    this.#message = message
    this.#items.push(message)
    events.push(
      this.#event('response.output_item.added', { output_index: index, item: { ...message.field(), content: [] } }),
      this.#event('response.content_part.added', { ...message.place(), part: message.part() }),
    )
    return message
  }

  #closeMessage(status: OpenItem['status'], events: ResponseEvent[]): void {
    const message = this.#message
    if (message === undefined) return
    this.#message = undefined
    message.status = status
    const { text, logprobs } = message.part()
    events.push(
      this.#event('response.output_text.done', { ...message.place(), text, logprobs }),
      this.#event('response.content_part.done', { ...message.place(), part: message.part() }),
      this.#event('response.output_item.done', { output_index: message.index, item: message.field() }),
    )
  }

  #call(part: StreamPart & { type: 'tool-call-delta' }, events: ResponseEvent[]): void {
    this.#closeMessage('completed', events)
    const call = this.#calls.get(part.index) ?? this.#openCall(part, events)
    call.name ||= part.name ?? ''
    if (part.arguments === '') return
    call.arguments += part.arguments
    events.push(this.#event('response.function_call_arguments.delta', { ...call.place(), delta: part.arguments }))
  }

  #openCall(part: StreamPart & { type: 'tool-call-delta' }, events: ResponseEvent[]): OpenCall {
    const index = this.#items.length
    const id = itemId('function_call', this.#head.id, String(index))
    const call = new OpenCall(id, index, part.id ?? `call_${id}`, part.name ?? '')
    this.#calls.set(part.index, call)
    this.#items.push(call)
    events.push(this.#event('response.output_item.added', { output_index: index, item: call.field() }))
    return call
  }

  #finish({ reason, usage }: StreamPart & { type: 'finish' }, events: ResponseEvent[]): void {
    // An answer without a word is a message without a word.
    if (this.#items.length === 0) this.#openMessage(events)
    const incomplete = incompleteReason(reason)
    const status = incomplete === undefined ? 'completed' : 'incomplete'
    this.#closeMessage(status, events)
    for (const call of this.#calls.values()) {
      call.status = status
      const { name, arguments: text } = call
      events.push(
        this.#event('response.function_call_arguments.done', { ...call.place(), name, arguments: text }),
        this.#event('response.output_item.done', { output_index: call.index, item: call.field() }),
      )
    }
    this.#status = status
    this.#usage = usage
    if (incomplete !== undefined) this.#rest = { incomplete }
    events.push(this.#event(`response.${status}`, { response: this.body }))
  }
}

function incompleteReason(reason: FinishReason): ResponseState['incomplete'] {
  if (reason === 'length') return 'max_output_tokens'
  return reason === 'content-filter' ? 'content_filter' : undefined
}

/** An item of the output while it is written. */
abstract class OpenItem {
  readonly id: string
  readonly index: number
  status: OutputItem['status'] = 'in_progress'

  constructor(id: string, index: number) {
    this.id = id
    this.index = index
  }

  abstract field(): OutputItem

  cut(): void {
    if (this.status === 'in_progress') this.status = 'incomplete'
  }
}

class OpenMessage extends OpenItem {
  #text = ''
  readonly #logprobs: LogprobField[] = []

  add(text: string, logprobs: readonly LogprobField[]): void {
    this.#text += text
    for (const entry of logprobs) this.#logprobs.push(entry)
  }

  place() {
    return { item_id: this.id, output_index: this.index, content_index: 0 }
  }

  delta(text: string, logprobs: readonly LogprobField[]) {
    return { ...this.place(), delta: text, logprobs }
  }

  part(): OutputMessageItem['content'][number] {
    return { type: 'output_text', text: this.#text, annotations: [], logprobs: [...this.#logprobs] }
  }

  field(): OutputMessageItem {
    return { id: this.id, type: 'message', role: 'assistant', status: this.status, content: [this.part()] }
  }
}

class OpenCall extends OpenItem {
  readonly callId: string
  name: string
  arguments = ''

  constructor(id: string, index: number, callId: string, name: string) {
    super(id, index)
    this.callId = callId
    this.name = name
  }

  place() {
    return { item_id: this.id, output_index: this.index }
  }

  field(): FunctionCallItem {
    const { id, callId, name, status } = this
    return { id, type: 'function_call', call_id: callId, name, arguments: this.arguments, status }
  }
}
